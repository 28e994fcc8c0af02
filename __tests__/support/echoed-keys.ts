/** Keys of every shape that a gateway may have to send: short, with separators, with what has to be encoded. */
export const KEY_SHAPES: Readonly<Record<string, string>> = {
  'a short one': 'sk-1234',
  'four characters': 'k3y9',
  'digits alone': '8675309',
  'a long one': 'sk-proj-4Rt8Ym3NwX0aB1cD2eF3',
  'one word': 'opensesame',
  'with semicolons': 'ab1;cd2;ef3',
  'with commas': 'ab1,cd2,ef3gh45678',
  'with equals signs': 'a1b2c3d4e5f6==',
  'with a space': 'half1 half2',
  'with slashes and plus': 'wJalr/XUtnFEMI+K7MDENG/bPx',
  'with quotes': 'k"9\'x&<7>y',
  'with percent signs': 'p%41ss%2Fw0rd',
  'with a backslash': 'dom\\us3r-k3y',
  'with dots': 'v1.e30.s1gn4ture',
  'a uuid': '0b6f4f3e-9c1d-4a77-8f0e-5d2c3b1a9e8f',
  'upper case': 'ABCD1234EFGH5678',
};

const percent = (text: string, upper = true): string =>
  [...Buffer.from(text)]
    .map((byte) => `%${upper ? byte.toString(16).padStart(2, '0').toUpperCase() : byte.toString(16).padStart(2, '0')}`)
    .join('');

const html = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

const unicode = (text: string): string =>
  [...text].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

/** How a provider may write the key that it repeats. */
export const SPELLINGS: Readonly<Record<string, (key: string) => string>> = {
  'as it is': (key) => key,
  'in quotes': (key) => `"${key}"`,
  'in single quotes': (key) => `'${key}'`,
  'in backticks': (key) => `\`${key}\``,
  'with its scheme': (key) => `Bearer ${key}`,
  'behind an equals sign': (key) => `key=${key}`,
  'percent-encoded where needed': (key) => encodeURIComponent(key),
  'percent-encoded in lower case': (key) => encodeURIComponent(key).replace(/%../g, (part) => part.toLowerCase()),
  'percent-encoded altogether': (key) => percent(key),
  'percent-encoded altogether in lower case': (key) => percent(key, false),
  'percent-encoded in part': (key) => key.slice(0, 2) + percent(key.slice(2, 4)) + encodeURIComponent(key.slice(4)),
  'percent-encoded twice': (key) => encodeURIComponent(percent(key)),
  'as a form field': (key) => new URLSearchParams({ key }).toString(),
  'escaped for JSON': (key) => JSON.stringify(key),
  'escaped for JSON twice': (key) => JSON.stringify(JSON.stringify(key)),
  'escaped for JSON with slashes': (key) => JSON.stringify(key).replaceAll('/', '\\/'),
  'in unicode escapes': unicode,
  'in unicode escapes with braces': (key) => [...key].map((char) => `\\u{${char.charCodeAt(0).toString(16)}}`).join(''),
  'in octal escapes': (key) => [...key].map((char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`).join(''),
  'escaped for HTML': html,
  'escaped for HTML twice': (key) => html(html(key)),
  'in decimal references': (key) => [...key].map((char) => `&#${char.charCodeAt(0)};`).join(''),
  'in hexadecimal references': (key) => [...key].map((char) => `&#x${char.charCodeAt(0).toString(16)};`).join(''),
  'in upper case': (key) => key.toUpperCase(),
  'in lower case': (key) => key.toLowerCase(),
  'in Base64': (key) => Buffer.from(key).toString('base64'),
  'in Base64url': (key) => Buffer.from(key).toString('base64url'),
  'in hexadecimal': (key) => Buffer.from(key).toString('hex'),
  'with a line break in it': (key) => `${key.slice(0, 3)}\n${key.slice(3)}`,
  'with a zero-width space in it': (key) => `${key.slice(0, 3)}\u200b${key.slice(3)}`,
};

export interface Carried {
  readonly query?: string;
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where a provider's request carries the key. */
export const CARRIERS: Readonly<Record<string, (key: string) => Carried>> = {
  'a bearer token': (key) => ({ headers: { authorization: `Bearer ${key}` } }),
  'a bare Authorization': (key) => ({ headers: { Authorization: key } }),
  'Basic, as password': (key) => ({
    headers: { authorization: `Basic ${Buffer.from(`user:${key}`).toString('base64')}` },
  }),
  'Basic, as user': (key) => ({ headers: { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` } }),
  'api-key': (key) => ({ headers: { 'api-key': key } }),
  'x-api-key': (key) => ({ headers: { 'x-api-key': key } }),
  'x-goog-api-key': (key) => ({ headers: { 'x-goog-api-key': key } }),
  'a session token': (key) => ({ headers: { 'x-amz-security-token': key } }),
  'a header of its own': (key) => ({ headers: { 'X-Token': key } }),
  'a cookie': (key) => ({ headers: { cookie: `theme=dark; sid=${encodeURIComponent(key)}` } }),
  'apikey in the query': (key) => ({ headers: {}, query: `apikey=${encodeURIComponent(key)}` }),
  'subscription-key in the query': (key) => ({ headers: {}, query: `subscription-key=${encodeURIComponent(key)}` }),
  'code in the query': (key) => ({ headers: {}, query: `code=${encodeURIComponent(key)}` }),
  'auth in the query': (key) => ({ headers: {}, query: `api-version=1&auth=${encodeURIComponent(key)}` }),
  'password in the query': (key) => ({ headers: {}, query: `password=${encodeURIComponent(key)}` }),
  'a signature in the query': (key) => ({ headers: {}, query: `sv=2024-11-04&sig=${encodeURIComponent(key)}` }),
  'an AWS signature': (key) => ({
    headers: {},
    query: `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=${encodeURIComponent(key)}`,
  }),
};
