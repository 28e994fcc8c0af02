import { Readable } from 'node:stream';
import { type Delivery, type OpenedContent, type OpenRequest, streamProvider } from '../../lib/index';
import { type Gateway, type GatewayOptions, startGateway } from './gateway';

/** A body that gives these chunks and then ends, or fails; how it was left is written down. */
export interface WatchedBody {
  readonly body: OpenedContent['body'];
  /** `ended`, or how it was given up: `destroyed`, `cancelled`, `returned`. Empty while it is open. */
  readonly fate: string[];
  /** How many chunks were taken from it. */
  readonly taken: () => number;
}

/** What a body does after its chunks. */
export type Finish = 'end' | 'hang' | Error;

export type BodyKind = 'node' | 'web' | 'generator';

export const BODY_KINDS: readonly BodyKind[] = ['node', 'web', 'generator'];

export function watchedBody(kind: BodyKind, chunks: Iterable<Uint8Array>, finish: Finish = 'end'): WatchedBody {
  const fate: string[] = [];
  let taken = 0;
  const iterator = chunks[Symbol.iterator]();
  function take(): Uint8Array | undefined {
    const { done, value } = iterator.next();
    if (done === true) return undefined;
    taken += 1;
    return value;
  }
  const bodies: Record<BodyKind, () => OpenedContent['body']> = {
    node: () =>
      new Readable({
        highWaterMark: 1,
        read() {
          const chunk = take();
          if (chunk !== undefined) this.push(chunk);
          else if (finish === 'end') {
            fate.push('ended');
            this.push(null);
          } else if (finish !== 'hang') this.destroy(finish);
        },
        destroy(error, callback) {
          if (fate.length === 0) fate.push('destroyed');
          callback(error);
        },
      }),
    web: () =>
      new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            const chunk = take();
            if (chunk !== undefined) controller.enqueue(chunk);
            else if (finish === 'end') {
              fate.push('ended');
              controller.close();
            } else if (finish !== 'hang') controller.error(finish);
            else return new Promise(() => undefined);
            return undefined;
          },
          cancel() {
            fate.push('cancelled');
          },
        },
        { highWaterMark: 0 },
      ),
    generator: () => ({
      [Symbol.asyncIterator]: () => ({
        async next() {
          const value = take();
          if (value !== undefined) return { done: false, value };
          if (finish === 'hang') return await new Promise<never>(() => undefined);
          if (finish !== 'end') throw finish;
          fate.push('ended');
          return { done: true, value: undefined };
        },
        async return() {
          fate.push('returned');
          return { done: true as const, value: undefined };
        },
      }),
    }),
  };
  return { body: bodies[kind](), fate, taken: () => taken };
}

export type Open = (request: OpenRequest) => OpenedContent | Response | Promise<OpenedContent | Response>;

/** A gateway whose files a function opens. */
export function startOpened(open: Open, delivery: Delivery = 'stream', options: GatewayOptions = {}): Promise<Gateway> {
  const provider = streamProvider({ name: 'own', openContent: open });
  return startGateway({ ...options, resolveProvider: () => ({ provider, delivery }) });
}
