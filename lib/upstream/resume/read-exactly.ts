import type { Readable } from 'node:stream';

/**
 * Reads a number of bytes from the beginning of a stream and leaves the rest in it.
 *
 * @param onAborted calls back when the bytes are no longer wanted
 * @param onArrived called when some of the bytes have come
 * @throws the stream's error, an Error if it ends early, or the reason from `onAborted`
 */
export function readExactly(
  stream: Readable,
  length: number,
  onAborted: (listener: (reason: unknown) => void) => () => void,
  onArrived?: () => void,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let missing = length;
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      stream.off('readable', take).off('end', onEnd).off('close', onEnd).off('error', fail);
      unwatch();
    };
    const fail = (reason: unknown): void => {
      stop();
      reject(reason);
    };
    const onEnd = (): void => fail(new Error('The stream ended before the bytes had come.'));
    const take = (): void => {
      while (missing > 0 && stream.readableLength > 0) {
        const piece: Buffer | null = stream.read(Math.min(missing, stream.readableLength));
        if (piece === null) break;
        missing -= piece.length;
        pieces.push(piece);
        onArrived?.();
      }
      if (missing > 0) return;
      stop();
      resolve(Buffer.concat(pieces));
    };
    const unwatch = onAborted(fail);
    stream.on('readable', take).on('end', onEnd).on('close', onEnd).on('error', fail);
    take();
  });
}
