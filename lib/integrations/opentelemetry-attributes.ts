import type { Attributes } from '@opentelemetry/api';
import { addressOf } from '../transfer/observers/arrival-request';
import type { StepEnd, TransferArrival, TransferStep } from '../transfer/observers/observer';
import type { TransferRecord } from '../transfer/record';
import { secondsOf } from '../values/duration';
import { unpolluted } from '../values/polluted-prototype';

/** Methods that conventions know: those of RFC 9110, PATCH of RFC 5789, and QUERY. */
const METHODS: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
]);

/** What stands for the part of a URL that may be secret, as the conventions have it. */
const REDACTED = 'REDACTED';

/**
 * Names the span of a transfer. A route without ids is the only target that may be in the name of a server's span.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#name
 */
export function transferSpanName({ hasClient, method, route, resource }: TransferArrival): string {
  if (!hasClient) return `open ${resource}`;
  const name = METHODS.has(method) ? method : 'HTTP';
  return route === undefined ? name : `${name} ${route}`;
}

/** The attributes that a transfer's span begins with, so that a sampler can decide by them. */
export function arrivalAttributes({ transferId, resource, hasClient, method, route }: TransferArrival): Attributes {
  const isKnown = METHODS.has(method);
  return {
    'file_content.transfer.id': transferId,
    'file_content.resource': resource,
    ...(hasClient && { 'http.request.method': isKnown ? method : '_OTHER' }),
    ...(hasClient && !isKnown && { 'http.request.method_original': method }),
    ...(route !== undefined && { 'http.route': route }),
  };
}

/**
 * The attributes of a server span besides those of any transfer.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
 */
export function serverAttributes({ request, route }: TransferArrival): Attributes {
  if (request === undefined) return {};
  const { scheme, httpVersion, host, port, userAgent, clientAddress, peerAddress, peerPort } = unpolluted(request);
  return {
    'url.scheme': scheme,
    'url.path': pathOf(route),
    'network.protocol.version': httpVersion,
    ...(host !== undefined && { 'server.address': host }),
    ...(port !== undefined && { 'server.port': port }),
    ...(userAgent !== undefined && { 'user_agent.original': userAgent }),
    ...(clientAddress !== undefined && { 'client.address': clientAddress }),
    ...peerAttributes({ peerAddress, peerPort }),
  };
}

/** A path may have an id, or the token of a link. Made from the route, it has only what the route has in any case. */
function pathOf(route = '/*'): string {
  return route
    .split('/')
    .map((segment) => (/^[\w.~-]*$/.test(segment) ? segment : REDACTED))
    .join('/');
}

/**
 * The attributes that a step's span begins with.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
 */
export function stepAttributes({ kind, provider, method, origin, attempt = 1 }: TransferStep): Attributes {
  return {
    ...(provider !== undefined && { 'file_content.provider': provider }),
    ...(kind === 'request' && { 'http.request.method': `${method}`, ...addressedAttributes(origin) }),
    ...(attempt > 1 && { 'http.request.resend_count': attempt - 1 }),
  };
}

function addressedAttributes(origin = ''): Attributes {
  const url = URL.parse(origin);
  if (url === null) return {};
  const { host, port } = addressOf(url);
  return { 'server.address': host, 'server.port': port, 'url.full': `${origin}/${REDACTED}` };
}

/** The attributes that a request's span gets from the provider's response. */
export function responseAttributes({ status, httpVersion, peerAddress, peerPort }: StepEnd): Attributes {
  return {
    ...(status !== undefined && { 'http.response.status_code': status }),
    ...(httpVersion !== undefined && { 'network.protocol.version': httpVersion }),
    ...peerAttributes({ peerAddress, peerPort }),
  };
}

interface Peer {
  readonly peerAddress: string | undefined;
  readonly peerPort: number | undefined;
}

function peerAttributes({ peerAddress, peerPort }: Peer): Attributes {
  return {
    ...(peerAddress !== undefined && { 'network.peer.address': peerAddress }),
    ...(peerPort !== undefined && { 'network.peer.port': peerPort }),
  };
}

/** An attribute of a record that is added on request. */
export type AskedAttribute = 'fileId' | 'tenant';

/** The attributes that a transfer's span gets from its record. */
export function recordAttributes(record: TransferRecord, asked: readonly AskedAttribute[]): Attributes {
  const { provider, via, delivery, bytesExpected, firstByteMs, upstreamStatus, upstreamRequestId, requestId } = record;
  return {
    'file_content.outcome': record.outcome,
    'file_content.complete': record.complete,
    'file_content.bytes_sent': record.bytesSent,
    'file_content.attempts': record.attempts,
    'file_content.resumes': record.resumes,
    ...(record.error !== undefined && { 'file_content.error.code': record.error.code }),
    ...(provider !== undefined && { 'file_content.provider': provider }),
    ...(delivery !== undefined && { 'file_content.delivery': delivery }),
    ...(via !== undefined && { 'file_content.via': via }),
    ...(bytesExpected !== undefined && { 'file_content.bytes_expected': bytesExpected }),
    ...(firstByteMs !== undefined && { 'file_content.first_byte': secondsOf(firstByteMs) }),
    ...(upstreamStatus !== undefined && { 'file_content.upstream.status_code': upstreamStatus }),
    ...(upstreamRequestId !== undefined && { 'file_content.upstream.request_id': upstreamRequestId }),
    ...(requestId !== undefined && { 'file_content.request_id': requestId }),
    ...(record.limitsUnchecked && { 'file_content.limits_unchecked': true }),
    ...(asked.includes('fileId') && { 'file_content.file_id': record.fileId }),
    ...(asked.includes('tenant') && record.tenant !== undefined && { 'file_content.tenant': record.tenant }),
  };
}
