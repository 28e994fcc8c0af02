import type { Disposition } from '../../http/presentation';
import type { ResourceName } from '../../http/routes';
import { describeKind, describeValue } from '../../values/describe-value';
import { didYouMean } from '../../values/did-you-mean';
import { invalidOption, mistake } from '../../values/mistakes';
import { isObject, memberOf, ownMembers } from '../../values/own-members';
import type { TokenCipher } from './link-token';

/** The file that a link leads to. */
export interface ContentLink {
  /** The name of the provider, as your `resolve` knows it. */
  readonly provider: string;
  /** The provider's own id of the file. */
  readonly fileId: string;
  /** The kind of content. Defaults to `files`. */
  readonly resource?: ResourceName | undefined;
  /** Which of the provider's accounts holds the file, for your `resolve`. Defaults to none. */
  readonly account?: string | undefined;
  /** Whose file it is, for `limits.maxConcurrentPerTenant`, the record and your `resolve`. Defaults to none. */
  readonly tenant?: string | undefined;
  /** The file's name for `Content-Disposition`. Defaults to the provider's. */
  readonly filename?: string | undefined;
  /** Whether a browser downloads the file or shows it, if its type is safe to show. Defaults to `attachment`. */
  readonly disposition?: Disposition | undefined;
}

/** A link to sign, and how long it works. */
export interface ContentLinkToSign extends ContentLink {
  /** How long the link works, in seconds: more than 0, at most `604800` (7 days). Defaults to `900` (15 minutes). */
  readonly expiresInSeconds?: number | undefined;
}

/** A link whose token was verified. */
export interface OpenedLink {
  readonly link: ContentLink;
  /** When the link expires, in milliseconds since the epoch. */
  readonly expires: number;
}

const DEFAULT_SECONDS = 900;
const MAX_SECONDS = 604_800;
const TEXTS = ['provider', 'fileId', 'resource', 'account', 'tenant', 'filename', 'disposition'] as const;
const MEMBERS: readonly string[] = [...TEXTS, 'expiresInSeconds'];
const SIGN = 'contentLinks.sign';

const REQUIRED: readonly string[] = ['provider', 'fileId'];

/** @throws TypeError for an unknown member or a wrong value, and if the token would be too long for a URL */
export function sealLink(cipher: TokenCipher, given: ContentLinkToSign): string {
  if (!isObject(given)) {
    throw invalidOption(SIGN, 'link', 'an object such as { provider, fileId, tenant }', describeKind(given));
  }
  for (const name of Object.keys(given)) {
    if (MEMBERS.includes(name)) continue;
    // A link with a misspelt tenant would be bound to no tenant.
    const problem = `unknown member ${JSON.stringify(name)}${didYouMean(name, MEMBERS)}`;
    throw mistake(SIGN, problem, 'unknown-option');
  }
  // Members of the object's class count too: a link whose tenant was missed would be bound to no tenant.
  const texts = TEXTS.map((name) => readText(name, memberOf(given, name)));
  const expires = Date.now() + readSeconds(memberOf(given, 'expiresInSeconds')) * 1000;
  const token = cipher.seal(JSON.stringify([Math.ceil(expires), ...texts]));
  if (token !== undefined) return token;
  const problem = 'the members are too long for a URL; shorten "filename" or "fileId"';
  throw mistake(SIGN, problem, 'invalid-option');
}

/** Opens a token. Undefined if it was not sealed with one of the keys. Never throws. */
export function openLink(cipher: TokenCipher, token: unknown): OpenedLink | undefined {
  const text = cipher.open(token);
  if (text === undefined) return undefined;
  // The tag proves that this gateway wrote the text, so it has the form written above.
  const [expires, ...values] = JSON.parse(text) as [number, ...(string | null)[]];
  const entries = TEXTS.map((name, index) => [name, values[index] ?? null] as const);
  const link = ownMembers(Object.fromEntries(entries.filter(([, value]) => value !== null)));
  return { link: Object.freeze(link) as object as ContentLink, expires };
}

function readText(name: (typeof TEXTS)[number], value: unknown): string | null {
  if (value === undefined && !REQUIRED.includes(name)) return null;
  if (name === 'disposition' && value !== 'attachment' && value !== 'inline') {
    throw wrong(name, "'attachment' or 'inline'", value);
  }
  if (typeof value !== 'string' || value === '') throw wrong(name, 'a non-empty string', value);
  return value;
}

function readSeconds(value: unknown): number {
  if (value === undefined) return DEFAULT_SECONDS;
  if (typeof value === 'number' && value > 0 && value <= MAX_SECONDS) return value;
  throw wrong('expiresInSeconds', `a number of seconds above 0, at most ${MAX_SECONDS} (7 days)`, value);
}

function wrong(member: string, expected: string, value: unknown): TypeError {
  return invalidOption(SIGN, member, expected, describeValue(value));
}
