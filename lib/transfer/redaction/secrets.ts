import { headersThat } from '../../http/headers';

/** A shorter value occurs in too many texts by chance. Providers' credentials are longer. */
const SHORTEST_SECRET = 4;

/** Names of headers and query parameters whose value is always a credential. */
const CREDENTIAL_NAME =
  /auth(?!ors?$)|key|token|secret|passw|pwd|credential|signature|cookie|session|^(?:sig|sas|code|pass|policy|jwt|pin)$/i;

/** Headers that are the same for every caller, or name an account without giving access to it. */
const INNOCENT_HEADERS = headersThat((is) => is('public'));

/** Query parameters that select something or describe a signature, but are not the signature itself. */
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
  // Parts of a shared access signature: version, resource, permissions, times, protocol (Azure, "Create a service
  // SAS").
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

/** Common words in the paths of APIs. */
const PATH_WORDS = new Set(
  (
    'accounts apis authentication chat completions compatible compatible-mode containers content contents datasets ' +
    'default deployments development download downloads external fileset files-content gateway inference internal ' +
    'locations longterm models objects openai organizations platform production projects providers publishers ' +
    'resources services skills staging standard storage subscriptions uploads versions workspaces'
  ).split(' '),
);

/** Versions of an API: `v1`, `v1beta1`, `v2024-10-21`, `v1.5`. */
const VERSION = /^v\d{1,4}(?:[.-]\d{1,4}){0,3}(?:-?(?:alpha|beta|preview|rc)\d{0,4})?$/;

/** Tells whether a value is a plain word, a number or a date, such as `eu-west`, `text/csv` or `max-age=0`. */
function isPlain(value: string): boolean {
  if (value.length > 32) return false;
  return (
    (/^[\d.:TZ-]+$/.test(value) && (value.length < 6 || /[.:-]/.test(value))) ||
    value.split(/[ ,;/=_-]/).every((word) => /^(?:[a-z]{0,11}|[a-z0-9]{1,2})$/i.test(word))
  );
}

/**
 * Tells whether a segment of a located URL's path may be a key: it is neither the client's nor a common word of an API.
 */
function isKeyInPath(segment: string): boolean {
  const word = segment.toLowerCase();
  if (segment.length < 7 || PATH_WORDS.has(word) || VERSION.test(word)) return false;
  if (/^[a-z]+$/.test(word)) return segment.length >= 12;
  return !/^\d{1,15}$/.test(segment) && !/^[a-z]{1,11}(?:[._-][a-z]{1,11}){1,5}$/.test(word);
}

/**
 * Returns the parts of a credential header that a provider may repeat: without the scheme, decoded, and each on its
 * own.
 */
function partsOf(value: string): string[] {
  const scheme = /^[A-Za-z][\w-]{0,40} /.exec(value)?.[0] ?? '';
  const secret = value.slice(scheme.length).trim();
  const parts = [value];
  parts.push(secret, secret.replace(/^"|"$/g, ''));
  if (/^basic /i.test(value)) parts.push(...basicParts(secret));
  for (const piece of secret.split(/[\s,;]+/)) {
    // A parameter such as SigV4's `Credential=AKIA.../20260101/...`, a cookie's pair, or a key that contains "=".
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

/** The user name counts too unless it is a plain word, because some providers expect their key there (RFC 7617). */
function basicParts(encoded: string): string[] {
  const pair = Buffer.from(encoded, 'base64').toString();
  const at = pair.indexOf(':');
  const [user, password] = [pair.slice(0, at), pair.slice(at + 1)];
  return at === -1 ? [] : [pair, password, ...(password === '' || !isPlain(user) ? [user] : [])];
}

/**
 * Every cookie value counts, because a cookie's name does not tell what its value gives access to (RFC 6265, section
 * 4.2.1).
 */
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

/** Decodes percent-encoding. Returns the text itself if it is malformed. */
function decodeComponent(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** The parts of a located URL that the client chose, and that are therefore not secret to it. */
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
      // `?sk-1234`, a name without a value, may also be a key.
      const name = at === -1 ? '' : decodeComponent(pair.slice(0, at));
      const raw = pair.slice(at + 1);
      const value = decodeComponent(raw);
      if (INNOCENT_PARAMETERS.has(name.toLowerCase()) || query.includes(name)) return [];
      if (!CREDENTIAL_NAME.test(name) && isPlain(value)) return [];
      // SigV4's credential begins with the key id.
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
 * Finds the credentials in a request to a provider: in its headers, query and path. Values of fewer than four
 * characters are skipped, because redacting them would make other texts unreadable.
 *
 * @param url the URL of the request
 * @param headers the provider's own headers, as they are sent
 * @param clients the parts of the URL that the client chose
 * @returns each secret once, the longest first
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
