import { type Candidate, haproxy, litellm, nginx, portkey } from './proxies.mts';
import { origin, startNode, trust } from './workspace.mts';

/** This package as it is, without its relay, and with everything buffered before it is sent. */
export const STREAM = 'express-file-content';
export const PIPELINE = `${STREAM}, relay: false`;
export const BUFFER = `${STREAM}, buffer`;
/** Behind express-session, which wraps the response's `write` and `end`. */
export const SESSION = `${STREAM}, express-session`;
/** Resumes also without an ETag, and compares the last 64 KiB again. */
export const IMMUTABLE = `${STREAM}, resume immutable`;
export const MIDDLEWARE = 'http-proxy-middleware';
export const PIPE = 'Node pipe';
export const EXPRESS_PIPE = 'Express + pipe';

/** With a young generation of V8's that stays small. */
export const SMALL_HEAP = ', semi-space 8';

/** The settings that suit large bodies best; the defaults stand beside them. */
export const HAPROXY_LARGE = 'HAProxy, 256 KiB buffers';
export const HAPROXY_SPLICE = 'HAProxy, splice';
export const NGINX_LARGE = 'nginx, 256 KiB buffers';

const direct: Candidate = { name: 'direct', isAvailable: () => true, start: async () => undefined };

function node(name: string, script: string, ...args: readonly string[]): Candidate {
  return {
    name,
    isAvailable: () => true,
    start: (place) => startNode(script, [origin(place), ...args], trust(place)),
  };
}

function withSmallHeap(name: string, script: string): Candidate {
  return {
    name: `${name}${SMALL_HEAP}`,
    isAvailable: () => true,
    start: (place) => startNode(script, [origin(place)], trust(place), ['--max-semi-space-size=8']),
  };
}

export const candidates: readonly Candidate[] = [
  direct,
  node(STREAM, 'package.mjs'),
  withSmallHeap(STREAM, 'package.mjs'),
  node(SESSION, 'package.mjs', 'session'),
  node(IMMUTABLE, 'package.mjs', 'immutable'),
  node(PIPELINE, 'package.mjs', 'pipeline'),
  node(BUFFER, 'package.mjs', 'buffer'),
  haproxy('HAProxy'),
  haproxy(HAPROXY_LARGE, { global: 'tune.bufsize 262144' }),
  haproxy(HAPROXY_SPLICE, { global: 'tune.pipesize 1048576', defaults: 'option splice-response' }),
  nginx('nginx', ''),
  nginx(NGINX_LARGE, 'proxy_buffer_size 256k; proxy_buffers 8 256k; proxy_busy_buffers_size 512k;'),
  node(PIPE, 'pipe.mjs'),
  withSmallHeap(PIPE, 'pipe.mjs'),
  node(EXPRESS_PIPE, 'express-pipe.mjs'),
  node(MIDDLEWARE, 'middleware.mjs'),
  withSmallHeap(MIDDLEWARE, 'middleware.mjs'),
  portkey,
  litellm,
];
