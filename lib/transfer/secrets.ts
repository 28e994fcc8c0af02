import { headersThat } from '../http/headers';

/** A shorter value stands in too many texts by chance; a provider's credential is longer. */
const SHORTEST_SECRET = 4;

/** Names of headers and query parameters whose value is a credential, whatever it looks like. */
const CREDENTIAL_NAME =
  /auth(?!ors?$)|key|token|secret|passw|pwd|credential|signature|cookie|session|^(?:sig|sas|code|pass|policy|jwt|pin)$/i;

/** Headers that say how a request is made and are the same for everybody, or name an account and open none. */
const INNOCENT_HEADERS = headersThat((is) => is('public'));

/** Query parameters that say what is wanted, or what a signature covers; the signature itself is in another one. */
const INNOCENT_PARAMETERS = new Set([
  'alt',
  'api-version',
  'fields',
  'format',
  'generation',
  'limit',
  'location',
  'page',
  'prettyprint',
  'project',
  'region',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
  'snapshot',
  'userproject',
  'variant',
  'version',
  'versionid',
  'x-amz-algorithm',
  'x-amz-checksum-mode',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-signedheaders',
  'x-goog-algorithm',
  'x-goog-date',
  'x-goog-expires',
  'x-goog-signedheaders',
  'x-id',
  // Of a shared access signature: version, resource, permissions, times, protocol (Azure, "Create a service SAS").
  'sv',
  'sr',
  'sp',
  'se',
  'st',
  'spr',
  'sdd',
  'ske',
  'skt',
  'sks',
  'skv',
  'srt',
  'ss',
]);

/** Words that are in the paths of APIs. */
const PATH_WORDS = new Set(
  (
    'accounts apis authentication chat completions compatible compatible-mode containers content contents datasets ' +
    'default deployments development download downloads external fileset files-content gateway inference internal ' +
    'locations longterm models objects openai organizations platform production projects providers publishers ' +
    'resources services skills staging standard storage subscriptions uploads versions workspaces'
  ).split(' '),
);

/** `v1`, `v1beta1`, `v2024-10-21`, `v1.5`: of an API. */
const VERSION = /^v\d{1,4}(?:[.-]\d{1,4}){0,3}(?:-?(?:alpha|beta|preview|rc)\d{0,4})?$/;

/** `eu-west`, `production`, `text/csv`, `max-age=0`, a number, a date: says something and opens nothing. */
function isPlain(value: string): boolean {
  if (value.length > 32) return false;
  return (
    (/^[\d.:TZ-]+$/.test(value) && (value.length < 6 || /[.:-]/.test(value))) ||
    value.split(/[ ,;/=_-]/).every((word) => /^(?:[a-z]{0,11}|[a-z0-9]{1,2})$/i.test(word))
  );
}

/** Is a segment of a located URL's path a key? Of the gateway's own configuration, what is no word of an API. */
function isKeyInPath(segment: string): boolean {
  const word = segment.toLowerCase();
  if (segment.length < 7 || PATH_WORDS.has(word) || VERSION.test(word)) return false;
  if (/^[a-z]+$/.test(word)) return segment.length >= 12;
  return !/^\d{1,15}$/.test(segment) && !/^[a-z]{1,11}(?:[._-][a-z]{1,11}){1,5}$/.test(word);
}

/**
 * The parts of a credential header by which a provider may repeat it: without its scheme, decoded, one after the other.
 */
function partsOf(value: string): string[] {
  const scheme = /^[A-Za-z][\w-]{0,40} /.exec(value)?.[0] ?? '';
  const secret = value.slice(scheme.length).trim();
  const parts = [value];
  parts.push(secret, secret.replace(/^"|"$/g, ''));
  if (/^basic /i.test(value)) parts.push(...basicParts(secret));
  for (const piece of secret.split(/[\s,;]+/)) {
    // A parameter such as SigV4's `Credential=AKIA.../20260101/...`, a cookie's pair, or a key that has "=" in it.
    const at = piece.indexOf('=');
    const given = piece.slice(at + 1).replace(/^"|"$/g, '');
    const isLong = (text: string): boolean => text.length >= 8 && !isPlain(text) && !/^x-(?:amz|ms|goog)-/i.test(text);
    if (at > 0 && given.length >= SHORTEST_SECRET && CREDENTIAL_NAME.test(piece.slice(0, at))) {
      parts.push(given, given.split('/')[0] ?? '');
    }
    parts.push(...[piece, ...piece.split('=')].filter(isLong));
  }
  return parts;
}

/** RFC 7617: the user name, too, where it is no plain word, because some providers take their key as one. */
function basicParts(encoded: string): string[] {
  const pair = Buffer.from(encoded, 'base64').toString();
  const at = pair.indexOf(':');
  const [user, password] = [pair.slice(0, at), pair.slice(at + 1)];
  return at === -1 ? [] : [pair, password, ...(password === '' || !isPlain(user) ? [user] : [])];
}

/** A cookie's name tells nothing of what its value opens (RFC 6265, section 4.2.1). */
function cookieSecrets(value: string): string[] {
  const values = value.split(';').map((pair) => pair.slice(pair.indexOf('=') + 1).trim());
  return [value, ...values, ...values.map(decodeComponent)];
}

function headerSecrets(name: string, value: string): string[] {
  const lower = name.toLowerCase();
  if (lower === 'cookie') return cookieSecrets(value).filter((text) => !/^[a-z]{0,7}$/i.test(text));
  if (INNOCENT_HEADERS.has(lower)) return [];
  if (CREDENTIAL_NAME.test(lower)) return partsOf(value);
  return isPlain(value) ? [] : partsOf(value);
}

/** The text with its percent-encoding taken off, as far as it has one. */
function decodeComponent(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** What a client has chosen in a located URL, and what is therefore no secret to him. */
export interface ClientsOwn {
  /** The id and the parameters of the route. */
  readonly values: readonly string[];
  /** Names of the query parameters that are the client's. */
  readonly query: readonly string[];
}

const NOTHING: ClientsOwn = { values: [], query: [] };

function querySecrets(url: URL, { query }: ClientsOwn): string[] {
  return url.search
    .slice(1)
    .split('&')
    .flatMap((pair) => {
      const at = pair.indexOf('=');
      // `?sk-1234` alone is a value as well.
      const name = at === -1 ? '' : decodeComponent(pair.slice(0, at));
      const raw = pair.slice(at + 1);
      const value = decodeComponent(raw);
      if (INNOCENT_PARAMETERS.has(name.toLowerCase()) || query.includes(name)) return [];
      if (!CREDENTIAL_NAME.test(name) && isPlain(value)) return [];
      // SigV4's credential is a key id and what it is for.
      return [raw, value, ...(/credential$/i.test(name) ? [value.split('/')[0] ?? ''] : [])];
    });
}

function pathSecrets(url: URL, { values }: ClientsOwn): string[] {
  return url.pathname.split('/').flatMap((raw) => {
    const segment = decodeComponent(raw);
    const isClients = values.some((value) => value.includes(segment) || segment.includes(value));
    return isClients || !isKeyInPath(segment) ? [] : [raw, segment];
  });
}

/**
 * Every credential in a request to a provider: of its headers, its query and its path. Values of fewer than four
 * characters are not among them: hiding those would hide the texts that they stand in.
 *
 * @param url where the content is asked for
 * @param headers the provider's own, as they are sent
 * @param clients what of the URL the client has chosen
 * @returns each spelled once, the longest first
 */
export function secretsOf(
  url: URL,
  headers: Readonly<Record<string, string>>,
  clients: ClientsOwn = NOTHING,
): readonly string[] {
  const secrets = new Set<string>();
  for (const [name, value] of Object.entries(headers)) for (const part of headerSecrets(name, value)) secrets.add(part);
  for (const part of querySecrets(url, clients)) secrets.add(part);
  for (const part of pathSecrets(url, clients)) secrets.add(part);
  return [...secrets].filter((secret) => secret.length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length);
}
