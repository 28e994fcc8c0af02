import { HEADER_NAME } from '../http/header-values';
import { isReservedResponseHeader } from '../http/response-headers';
import { describeValue } from '../values/describe-value';
import { isRecord } from '../values/own-members';
import { invalidResolution } from './resolver-errors';

const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

/**
 * Checks headers that the gateway's code adds to a success.
 *
 * @param whose the beginning of the cause's message, such as `resolveProvider`
 * @param member the member that contains them
 * @throws FileContentError `resolver_failed` for a header that cannot be sent or must not be set
 */
export function checkResponseHeaders(
  value: unknown,
  whose: string,
  member: 'responseHeaders' | 'addHeaders',
): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!isRecord(value)) throw invalidResolution(`${whose}: "${member}" must be an object, got ${describeValue(value)}`);
  const headers: Record<string, string> = {};
  for (const [name, content] of Object.entries(value)) {
    if (!HEADER_NAME.test(name) || typeof content !== 'string' || !HEADER_VALUE.test(content)) {
      throw invalidResolution(`${whose}: "${member}" has an invalid name or value at ${JSON.stringify(name)}`);
    }
    if (isReservedResponseHeader(name)) {
      throw invalidResolution(`${whose}: "${member}" may not set ${name}: the router decides it`);
    }
    headers[name.toLowerCase()] = content;
  }
  return headers;
}
