/** What goes wrong with a file. With `times`, only so often; after that the file is served as it should be. */
export type FakeFault =
  | {
      /** The connection ends in the middle: `fin` closes it, `rst` resets it, which may lose some of the last bytes. */
      readonly kind: 'cut';
      readonly afterBytes: number;
      readonly by: 'fin' | 'rst';
      readonly times?: number;
    }
  | {
      /** Silence, with the connection open: before the headers, or after so many bytes. */
      readonly kind: 'stall';
      readonly afterBytes?: number;
      readonly times?: number;
    }
  | {
      /** A refusal, in the shape of OpenAI's errors. */
      readonly kind: 'status';
      readonly status: number;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly times?: number;
    };

export interface FakeFile {
  /** The bytes, or a function that makes them anew for every request; what it waits for, the client waits for. */
  readonly content: string | Uint8Array | (() => Iterable<Uint8Array> | AsyncIterable<Uint8Array>);
  /**
   * Sent as `Content-Length`. Default: the length of the bytes; a function's content is sent chunked without it, as is any
   * content with `'chunked'`.
   */
  readonly length?: number | 'chunked';
  /** Default `application/octet-stream`. */
  readonly contentType?: string;
  /** Sent in `Content-Disposition`. Default: none. */
  readonly filename?: string;
  /** Added to the answer, or instead of the provider's own headers of the same name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Awaited before the request is answered. A promise that a test resolves makes a delay without a clock. */
  readonly gate?: () => Promise<unknown>;
  readonly fault?: FakeFault;
}

/** A file with the defaults applied. */
export interface PreparedFile extends FakeFile {
  readonly declaredLength: number | undefined;
  /** The content as bytes where it is all there; only then ranges are served. */
  readonly bytes: Buffer | undefined;
  /** Requests for it so far. */
  served: number;
}

/** @throws TypeError for what is no file */
export function prepareFile(id: string, given: FakeFile | string | Uint8Array): PreparedFile {
  const file: FakeFile = typeof given === 'string' || given instanceof Uint8Array ? { content: given } : given;
  const { content, length } = file;
  if (typeof content !== 'string' && typeof content !== 'function' && !ArrayBuffer.isView(content)) {
    throw new TypeError(`fakeProvider: file ${id}: "content" must be a string, bytes or a function`);
  }
  const bytes = typeof content === 'function' ? undefined : Buffer.from(content);
  const declaredLength = length === 'chunked' ? undefined : (length ?? bytes?.length);
  return { ...file, declaredLength, bytes, served: 0 };
}

/** The fault that this request meets. */
export function currentFault(file: PreparedFile): FakeFault | undefined {
  const { fault, served } = file;
  return fault === undefined || (fault.times !== undefined && served >= fault.times) ? undefined : fault;
}

/** The content in pieces, cut off after `limit` bytes. */
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
