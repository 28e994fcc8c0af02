import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { FileContentError } from '../../lib/errors';
import { headersThat } from '../../lib/http/headers';
import { isFramingRequestHeader, requestAllowList, requestHeaderProblem } from '../../lib/http/request-headers';
import { clientHead, withoutRawBytes } from '../../lib/http/response-head';
import {
  clearContentHeaders,
  isReservedResponseHeader,
  responseAllowList,
  responseHeaderProblem,
  upstreamRequestId,
} from '../../lib/http/response-headers';
import { parseOptions } from '../../lib/options/parse-options';
import { readHeaders } from '../../lib/providers/provider-options';
import { secretsOf } from '../../lib/transfer/redaction/redaction';

/** Does an option or a callback of the gateway refuse the header? */
function isRefused(give: () => unknown): boolean {
  try {
    give();
    return false;
  } catch {
    return true;
  }
}

function isCleared(name: string): boolean {
  const res = new ServerResponse(new IncomingMessage(new Socket()));
  res.setHeader(name, '1');
  clearContentHeaders(res);
  return !res.hasHeader(name);
}

function isRemovedFrom304(name: string): boolean {
  const head = { status: 304, isBodiless: true, contentLength: undefined };
  return !(name in clientHead(head, {}, { allowed: [], added: { [name]: '1' }, isTransformed: false }));
}

function isTaken(upstreamRequestIdHeader: string): boolean {
  const headers = { upstreamRequestId: upstreamRequestIdHeader };
  return isRefused(() => parseOptions({ resolveProvider: () => undefined, headers }));
}

const SECRET = 'r4nd0m-l00king-v4lue-0f-s0me-length';

/** What the package does with a header, by the function that does it. */
const COLUMNS: Readonly<Record<string, (name: string) => boolean>> = {
  'sent to the provider': (name) => requestAllowList([]).includes(name),
  'not for headers.request': (name) => requestHeaderProblem(name) !== undefined,
  'not for locate()': isFramingRequestHeader,
  'not for a provider’s headers': (name) => isRefused(() => readHeaders('openai', { [name]: '1' })),
  'sent to the client': (name) => responseAllowList([]).includes(name),
  'not for headers.response': (name) => responseHeaderProblem(name) !== undefined,
  'not for responseHeaders': isReservedResponseHeader,
  'not for an error': (name) => isRefused(() => new FileContentError('overloaded', 'm', { headers: { [name]: '1' } })),
  'not for headers.upstreamRequestId': isTaken,
  'cleared before a success': isCleared,
  'lost by a transformation': (name) => !(name in withoutRawBytes({ [name]: '1' })),
  'not in a 304': isRemovedFrom304,
  'a request id': (name) => upstreamRequestId({ [name]: '1' }) === '1',
  'shown in a record': (name) => secretsOf(new URL('https://provider.test'), { [name]: SECRET }).length === 0,
};

/**
 * A row for each header, a column for each entry of {@link COLUMNS}, in their order. The last rows are headers that the
 * table does not have.
 */
const MATRIX = `
accept                            x . . . . . . . . . . . . x
range                             x . . . . . . . . . . . . x
if-range                          x . . . . . . . . . . . . x
if-match                          x . . . . . . . . . . . . x
if-none-match                     x . . . . . . . . . . . . x
if-modified-since                 x . . . . . . . . . . . . x
if-unmodified-since               x . . . . . . . . . . . . x
accept-encoding                   . x . . . . . . . . . . . x
host                              . x . x . . . . . . . . . x
expect                            . x x x . . . . . . . . . .
content-type                      . . . . x . . . x x . x . x
content-encoding                  . . . . x . x x x x x x . .
content-language                  . . . . x . . . x x . x . .
content-range                     . . . . x . x . x x x . . .
accept-ranges                     . . . . x . x . x x x . . .
etag                              . . . . x . . . x x x . . .
last-modified                     . . . . x . . . x x x . . .
x-request-id                      . . . . x . . . x . . . x x
openai-version                    . . . . x . . . x . . . . .
openai-processing-ms              . . . . x . . . x . . . . .
retry-after                       . . . . x . . . x . . . . .
content-length                    . x x x . x x x x x x x . .
content-disposition               . . . . . . . . x x . x . .
cache-control                     . . . . . . . . x x . . . x
x-content-type-options            . . . . . . x . x . . . . .
date                              . . . . . . . . x . . . . x
location                          . . . . . . . . x . . . . .
set-cookie                        . . . . . . . . x . . . . .
vary                              . . . . . . . . x . . . . .
connection                        . x x x . x x x x . . . . .
proxy-connection                  . x x x . x x x x . . . . .
keep-alive                        . x x x . x x x x . . . . .
te                                . x x x . x x x x . . . . .
trailer                           . x x x . x x x x . . . . .
upgrade                           . x x x . x x x x . . . . .
transfer-encoding                 . x x x . x x x x x . . . .
proxy-authenticate                . x . . . x x . x . . . . .
proxy-authorization               . x . . . x x . x . . . . .
authorization                     . x . . . . . . . . . . . .
cookie                            . x . . . . . . . . . . . .
x-api-key                         . x . . . . . . . . . . . .
api-key                           . x . . . . . . . . . . . .
api_key                           . x . . . . . . . . . . . .
x-manus-api-key                   . x . . . . . . . . . . . .
x-goog-api-key                    . x . . . . . . . . . . . .
x-goog-iam-authorization-token    . x . . . . . . . . . . . .
x-amz-security-token              . x . . . . . . . . . . . .
x-auth-token                      . x . . . . . . . . . . . .
x-ms-copy-source-authorization    . x . . . . . . . . . . . .
request-id                        . . . . . . . . . . . . x .
apim-request-id                   . . . . . . . . . . . . x .
x-amz-request-id                  . . . . . . . . . . . . x .
x-ms-request-id                   . . . . . . . . . . . . x .
x-goog-request-id                 . . . . . . . . . . . . x .
content-md5                       . . . . . . . . . . x x . .
content-digest                    . . . . . . . . . . x x . .
digest                            . . . . . . . . . . x x . .
repr-digest                       . . . . . . . . . . x x . .
x-goog-hash                       . . . . . . . . . . x x . .
x-goog-stored-content-any         . . . . . . . . . . x x . .
x-amz-checksum-any                . . . . . . . . . . x x . .
x-ms-blob-content-md5             . . . . . . . . . . x x . .
x-ms-content-crc64                . . . . . . . . . . x x . .
x-amz-checksum-mode               . . . . . . . . . . x x . x
content-location                  . . . . . . . . . . . . . .
x-other                           . . . . . . . . . . . . . .
x-amz-meta-a                      . . . . . . . . . . . . . .
if-none-matchx                    . . . . . . . . . . . . . .
x-amz-checksum-                   . . . . . . . . . . . . . .
`;

/** Treated specially in one respect alone: a record may show their value. */
const SHOWN = `
accept-charset accept-language anthropic-beta anthropic-dangerous-direct-browser-access
anthropic-version anthropic-workspace-id from http-referer openai-beta openai-organization
openai-project origin pragma prefer priority referer traceparent tracestate user-agent via
x-amz-content-sha256 x-amz-date x-amz-expected-bucket-owner x-amz-request-payer
x-amz-server-side-encryption-customer-algorithm x-amz-server-side-encryption-customer-key-md5
x-amz-user-agent x-goog-api-client x-goog-user-project x-ms-client-request-id x-ms-date
x-ms-encryption-algorithm x-ms-range x-ms-version x-title
`
  .trim()
  .split(/\s+/);

function rowOf(name: string, width: number): string {
  return `${name.padEnd(width)}${Object.values(COLUMNS)
    .map((has) => (has(name) ? 'x' : '.'))
    .join(' ')}`;
}

const rows = MATRIX.trim().split('\n');

test.each(rows)('%s', (row) => {
  const [name = ''] = row.split(' ');
  expect(rowOf(name, row.length - 2 * Object.keys(COLUMNS).length + 1)).toBe(row);
});

test.each(SHOWN)('%s may be shown in a record', (name) => {
  const does = Object.keys(COLUMNS).filter((column) => COLUMNS[column]?.(name));
  expect(does).toEqual(['shown in a record']);
});

test('every header of the table is in a row', () => {
  const named = new Set([...rows.map((row) => row.split(' ')[0]), ...SHOWN]);
  expect(headersThat(() => true).names.filter((name) => !named.has(name))).toEqual([]);
});
