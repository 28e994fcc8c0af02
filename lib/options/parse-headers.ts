import { HEADER_NAME } from '../http/header-values';
import { requestAllowList, requestHeaderProblem } from '../http/request-headers';
import { isTakenResponseHeader, responseAllowList, responseHeaderProblem } from '../http/response-headers';
import { checkObject, fail, parseHeaderList } from '../values/option-checks';
import type { HeaderOptions } from './option-groups';
import type { Settings } from './options';

function parseRequestIdHeader(where: string, value: unknown, listed: readonly string[]): string | undefined {
  if (value === undefined) return undefined;
  const name = typeof value === 'string' && HEADER_NAME.test(value) ? value.toLowerCase() : undefined;
  if (name === undefined || isTakenResponseHeader(name) || listed.includes(name)) {
    const expected = "the name of a header that nothing else sets, such as 'x-upstream-request-id'";
    return fail(where, 'headers.upstreamRequestId', expected, value);
  }
  return name;
}

function parseResourcePolicy(where: string, value: unknown): HeaderOptions['crossOriginResourcePolicy'] {
  if (value === undefined || value === 'same-origin' || value === 'same-site' || value === 'cross-origin') return value;
  return fail(where, 'headers.crossOriginResourcePolicy', "'same-origin', 'same-site' or 'cross-origin'", value);
}

const HEADER_OPTIONS = ['request', 'response', 'upstreamRequestId', 'crossOriginResourcePolicy'];

type HeaderSettings = Pick<
  Settings,
  'requestHeaders' | 'responseHeaders' | 'upstreamRequestIdHeader' | 'crossOriginResourcePolicy'
>;

/** Reads the group `headers`. @throws TypeError for a header that must not be listed */
export function parseHeaders(where: string, value: unknown): HeaderSettings {
  const headers = checkObject(where, 'headers', value, HEADER_OPTIONS);
  const responseHeaders = responseAllowList(
    parseHeaderList(where, 'headers.response', headers['response'], responseHeaderProblem),
  );
  return {
    requestHeaders: requestAllowList(
      parseHeaderList(where, 'headers.request', headers['request'], requestHeaderProblem),
    ),
    responseHeaders,
    upstreamRequestIdHeader: parseRequestIdHeader(where, headers['upstreamRequestId'], responseHeaders),
    crossOriginResourcePolicy: parseResourcePolicy(where, headers['crossOriginResourcePolicy']),
  };
}
