import { Transform, type TransformCallback } from 'node:stream';
import { isError } from '../../values/native-error';
import { LineConverter, type LineConverterOptions } from './line-converter';

/** The converter as a stream. It makes rows no faster than they are read. */
export class LineTransform extends Transform {
  readonly #abort = new AbortController();
  readonly #converter: LineConverter;
  #isWanted = false;
  #goOn: (() => void) | undefined;

  constructor(options: Pick<LineConverterOptions, 'reading' | 'maxLineBytes'>) {
    super();
    const { signal } = this.#abort;
    this.#converter = new LineConverter({ ...options, signal, write: (rows) => this.#pushRows(rows) });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    settle(this.#converter.feed(chunk), done);
  }

  override _flush(done: TransformCallback): void {
    settle(this.#converter.end(), done);
  }

  override _read(): void {
    this.#isWanted = true;
    this.#goOn?.();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#abort.abort(error ?? new Error('The conversion was ended.'));
    this.#goOn?.();
    this.#converter.release();
    done(error);
  }

  #pushRows(rows: string | Uint8Array): Promise<void> | undefined {
    this.#abort.signal.throwIfAborted();
    this.#isWanted = false;
    if (this.push(rows) || this.#isWanted) return undefined;
    return this.#wanted();
  }

  async #wanted(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#goOn = resolve;
    });
    this.#goOn = undefined;
    this.#abort.signal.throwIfAborted();
  }
}

function settle(work: Promise<void>, done: TransformCallback): void {
  work.then(
    () => done(),
    (error: unknown) => done(isError(error) ? error : new Error('The conversion failed.')),
  );
}
