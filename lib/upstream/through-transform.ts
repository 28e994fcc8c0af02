import { pipeline, type Readable, type Transform, Writable } from 'node:stream';
import { isError } from '../values/native-error';
import { gatherSmallChunks } from './small-chunks';

/**
 * Sends a body through a transformation. It is given one chunk at a time: in its own queue each would be an object,
 * however small, and while it waits, chunks are gathered in `source`. A failure of either ends both.
 *
 * @param onProgress is called for each chunk of `source`: a transformation may give nothing for long
 * @returns the transformation, to be read
 */
export function throughTransform(source: Readable, transform: Transform, onProgress: () => void): Transform {
  gatherSmallChunks(transform);
  // Node calls a transformation's own functions without a catch, and looks at what they fail with, which may throw.
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
      // A failure ends both by the transformation's own events. It may be an object that throws when Node looks at it.
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
      // Before its end, it is not complete.
      if (!feeder.writableFinished) transform.destroy(error ?? undefined);
      done(error);
    },
  });
  transform.once('error', () => feeder.destroy());
  transform.once('close', () => feeder.destroy());
  pipeline(source, feeder, () => undefined);
  return transform;
}
