import { types } from 'node:util';
import { isThenable } from '../../values/own-members';

/** A body that is read one chunk at a time and can be given up at any moment, whatever kind of stream it is. */
export interface BodySource {
  next(): Promise<IteratorResult<unknown>>;
  /** Gives the body up: a stream is destroyed, a reader cancelled, a generator told to return. Never throws. */
  cancel(reason: unknown): void;
}

/** What can be read as a body: bytes, a Node stream, a web stream, or an async iterable. */
export function isBody(value: unknown): boolean {
  return types.isUint8Array(value) || isWebStream(value) || isAsyncIterable(value);
}

/**
 * Takes a body over. From now on its failures are known here, also those that come before anybody reads it: an `error`
 * event without a listener would end the process.
 *
 * @throws TypeError for a web stream that somebody else reads already
 */
export function sourceOf(body: unknown): BodySource {
  if (types.isUint8Array(body)) return bytesSource(body);
  if (isWebStream(body)) return webSource(body);
  const source: AsyncIterable<unknown> & { readonly destroy?: unknown; readonly on?: unknown } = Object(body);
  if (typeof source.on === 'function') Reflect.apply(source.on, source, ['error', ignore]);
  const iterator = source[Symbol.asyncIterator]();
  return {
    next: async () => await iterator.next(),
    cancel(reason) {
      attempt(() => {
        // A stream's iterator would only return once its pending read is over.
        if (typeof source.destroy === 'function') return Reflect.apply(source.destroy, source, [asError(reason)]);
        return iterator.return?.();
      });
    },
  };
}

function bytesSource(bytes: Uint8Array): BodySource {
  let isRead = false;
  return {
    async next() {
      if (isRead) return { done: true, value: undefined };
      isRead = true;
      return { done: false, value: bytes };
    },
    cancel() {
      isRead = true;
    },
  };
}

function webSource(stream: ReadableStream<unknown>): BodySource {
  const reader = stream.getReader();
  reader.closed.catch(ignore);
  return {
    async next() {
      const { done, value } = await reader.read();
      return done ? { done, value: undefined } : { done, value };
    },
    cancel: (reason) => attempt(() => reader.cancel(reason)),
  };
}

function isWebStream(value: unknown): value is ReadableStream<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'getReader') === 'function';
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, Symbol.asyncIterator) === 'function';
}

/** What comes of giving something up is nobody's concern. */
function attempt(cancel: () => unknown): void {
  try {
    const returned = cancel();
    if (isThenable(returned)) returned.then(undefined, ignore);
  } catch {
    // It is given up either way.
  }
}

function asError(reason: unknown): Error {
  return types.isNativeError(reason) ? reason : new Error('The client does not want this body any more.');
}

function ignore(): void {}
