import { isErrored, isReadable, Readable } from 'node:stream';
import { types } from 'node:util';
import { isThenable } from '../../values/own-members';

/** A body of any kind of stream that is read one chunk at a time and can be cancelled at any moment. */
export interface BodySource {
  next(): Promise<IteratorResult<unknown>>;
  /** Cancels the body: a stream is destroyed, a reader cancelled, and `return` called on a generator. Never throws. */
  cancel(reason: unknown): void;
}

/** Tells whether a value can be a body: bytes, a Node stream, a web stream, or an async iterable. */
export function isBody(value: unknown): boolean {
  return types.isUint8Array(value) || isWebStream(value) || isAsyncIterable(value);
}

/** Bodies that can be read only once and that a transfer has taken. */
const TAKEN = new WeakSet<object>();

/**
 * Tells whether other code reads the body or has read it. The chunks that the other reader left would look like a whole
 * file.
 */
export function isBodyUsed(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || types.isUint8Array(body)) return false;
  if (TAKEN.has(body) || Reflect.get(body, 'locked') === true) return true;
  const isStream = isWebStream(body) || typeof Reflect.get(body, 'pipe') === 'function';
  const stream = body as NodeJS.ReadableStream;
  return isStream && Readable.isDisturbed(stream) && !isReadable(stream) && !isErrored(stream);
}

/**
 * Takes over a body. From now on its errors are handled, even before it is read: an `error` event without a listener
 * would end the process.
 *
 * @throws TypeError for a web stream that other code already reads
 */
export function sourceOf(body: unknown): BodySource {
  if (types.isUint8Array(body)) return bytesSource(body);
  if (isWebStream(body)) return webSource(body);
  const source: AsyncIterable<unknown> & { readonly destroy?: unknown; readonly on?: unknown } = Object(body);
  if (typeof source.on === 'function') Reflect.apply(source.on, source, ['error', ignore]);
  const iterator: AsyncIterator<unknown> = source[Symbol.asyncIterator]();
  // An iterable that makes a new iterator each time may be used by many transfers.
  if (Object.is(iterator, source) || typeof source.destroy === 'function') TAKEN.add(source);
  return {
    next: async () => await iterator.next(),
    cancel(reason) {
      attempt(() => {
        // A stream's iterator would return only after its pending read.
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

/** Cancels without caring about the result. */
function attempt(cancel: () => unknown): void {
  try {
    const returned = cancel();
    if (isThenable(returned)) returned.then(undefined, ignore);
  } catch {
    // A failure no longer matters.
  }
}

function asError(reason: unknown): Error {
  return types.isNativeError(reason) ? reason : new Error('The client does not want this body any more.');
}

function ignore(): void {}
