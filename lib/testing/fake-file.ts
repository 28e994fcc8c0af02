import { describeKind } from '../values/describe-value';
import { invalidOption, memberPath } from '../values/mistakes';
import { readOptions } from '../values/read-options';

/** Describes what goes wrong with a file: a cut connection, a stall, or an error response. */
export type FakeFault =
  | {
      /** `cut` ends the connection in the middle of the body. */
      readonly kind: 'cut';
      /** The number of bytes of the body that are sent first. */
      readonly afterBytes: number;
      /** `fin` closes the connection. `rst` resets it, which may lose some of the last bytes. */
      readonly by: 'fin' | 'rst';
      /** The number of requests that fail; later ones are served. Defaults to every request. */
      readonly times?: number | undefined;
    }
  | {
      /** `stall` sends nothing more and keeps the connection open. */
      readonly kind: 'stall';
      /** The number of bytes of the body that are sent first. Defaults to stalling before the headers. */
      readonly afterBytes?: number | undefined;
      /** The number of requests that fail; later ones are served. Defaults to every request. */
      readonly times?: number | undefined;
    }
  | {
      /** `status` sends an error response in OpenAI's shape. */
      readonly kind: 'status';
      /** The HTTP status of the response. */
      readonly status: number;
      /** The `error.message` of the body. Defaults to a general sentence. */
      readonly message?: string | undefined;
      /** Headers of the response. Defaults to none. */
      readonly headers?: Readonly<Record<string, string>> | undefined;
      /** The number of requests that fail; later ones are served. Defaults to every request. */
      readonly times?: number | undefined;
    };

/** Describes a file that a {@link fakeProvider} serves. */
export interface FakeFile {
  /** The bytes, or a function that makes them for every request. The client waits for what the function waits for. */
  readonly content: string | Uint8Array | (() => Iterable<Uint8Array> | AsyncIterable<Uint8Array>);
  /**
   * The value of `Content-Length`, in bytes. `'chunked'` sends none. Defaults to the length of the bytes; the content
   * of a function is sent chunked.
   */
  readonly length?: number | 'chunked' | undefined;
  /** Sent as `Content-Type`. Defaults to `application/octet-stream`. */
  readonly contentType?: string | undefined;
  /** Sent in `Content-Disposition`. Defaults to none. */
  readonly filename?: string | undefined;
  /** Headers of the response. They replace the provider's own headers of the same name. Defaults to none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Delays the response until its promise is fulfilled. A promise that a test resolves makes a delay without a clock.
   * Defaults to none.
   */
  readonly gate?: (() => Promise<unknown>) | undefined;
  /** What goes wrong with the file. Defaults to nothing. */
  readonly fault?: FakeFault | undefined;
}

/** A file with the defaults applied. */
export interface PreparedFile extends FakeFile {
  readonly declaredLength: number | undefined;
  /** The content if it is given as bytes. Ranges are served only then. */
  readonly bytes: Buffer | undefined;
  /** The number of requests for the file so far. */
  served: number;
}

const FILE_OPTIONS = {
  content: true,
  length: true,
  contentType: true,
  filename: true,
  headers: true,
  gate: true,
  fault: true,
} as const satisfies Record<keyof FakeFile, true>;

/** @throws TypeError for anything that is not a file */
export function prepareFile(id: string, given: FakeFile | string | Uint8Array): PreparedFile {
  const name = memberPath('files', id);
  const file: FakeFile =
    typeof given === 'string' || given instanceof Uint8Array
      ? { content: given }
      : readOptions(`fakeProvider: ${name}`, given, FILE_OPTIONS);
  const { content, length } = file;
  if (typeof content !== 'string' && typeof content !== 'function' && !ArrayBuffer.isView(content)) {
    throw invalidOption('fakeProvider', `${name}.content`, 'a string, bytes or a function', describeKind(content));
  }
  const bytes = typeof content === 'function' ? undefined : Buffer.from(content);
  const declaredLength = length === 'chunked' ? undefined : (length ?? bytes?.length);
  return { ...file, declaredLength, bytes, served: 0 };
}

/** Returns the fault for the next request. */
export function currentFault(file: PreparedFile): FakeFault | undefined {
  const { fault, served } = file;
  return fault === undefined || (fault.times !== undefined && served >= fault.times) ? undefined : fault;
}

/** Yields the content in chunks, cut off after `limit` bytes. */
export async function* pieces(
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<Uint8Array> {
  let left = limit;
  for await (const piece of content) {
    if (left <= 0) return;
    yield piece.length > left ? piece.subarray(0, left) : piece;
    left -= piece.length;
  }
}
