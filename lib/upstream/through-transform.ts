import { pipeline, type Readable, type Transform, Writable } from 'node:stream';
import { isError } from '../values/native-error';
import { gatherSmallChunks } from './small-chunks';

/**
 * Sends a body through a transformation, one chunk at a time. In the transformation's own queue each small chunk would
 * be a separate object; in `source`, waiting chunks are gathered. A failure of either stream ends both.
 *
 * @param onProgress called for each chunk of `source`, because a transformation may produce no output for a long time
 * @returns the transformation, for reading
 */
export function throughTransform(source: Readable, transform: Transform, onProgress: () => void): Transform {
  gatherSmallChunks(transform);
  // Node calls a transformation's functions without a catch, and reads the values that they throw, which may throw
  // again.
  const guarded = (step: () => void): void => {
    try {
      step();
    } catch (error) {
      try {
        transform.destroy(isError(error) ? error : new TypeError('The transformation threw a value that is no error.'));
      } catch {
        transform.destroy(new TypeError('The transformation failed with an error that cannot be read.'));
      }
    }
  };
  const feeder = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      onProgress();
      // A failure ends both streams through the transformation's events. The thrown value may itself throw when Node
      // reads it.
      guarded(() => {
        transform.write(chunk, (error) => {
          if (error === undefined || error === null) done();
        });
      });
    },
    final(done) {
      guarded(() => transform.end());
      done();
    },
    destroy(error, done) {
      // The source closed before its end, so the output is not complete.
      if (!feeder.writableFinished) transform.destroy(error ?? undefined);
      done(error);
    },
  });
  transform.once('error', () => feeder.destroy());
  transform.once('close', () => feeder.destroy());
  pipeline(source, feeder, () => undefined);
  return transform;
}
