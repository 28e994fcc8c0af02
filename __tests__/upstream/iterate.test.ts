import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import { discardSource, forEachChunk, untilAborted } from '../../lib/upstream/iterate';

const never = (): Promise<never> => new Promise(() => undefined);

function iterable(iterator: object): AsyncIterable<unknown> {
  return { [Symbol.asyncIterator]: () => iterator as AsyncIterator<unknown> };
}

test('chunks are taken in their order, one after the other', async () => {
  const seen: string[] = [];
  async function* source(): AsyncIterable<number> {
    for (const value of [1, 2, 3]) {
      seen.push(`give ${value}`);
      yield value;
    }
  }
  await forEachChunk(source(), new AbortController().signal, async (chunk) => {
    await Promise.resolve();
    seen.push(`took ${String(chunk)}`);
  });
  expect(seen).toEqual(['give 1', 'took 1', 'give 2', 'took 2', 'give 3', 'took 3']);
});

test('an abort ends the wait for an iterable that hangs, and closes it', async () => {
  const abort = new AbortController();
  const closing = jest.fn(never);
  const done = forEachChunk(iterable({ next: never, return: closing }), abort.signal, () => undefined);
  abort.abort(new Error('gone'));
  await expect(done).rejects.toThrow('gone');
  expect(closing).toHaveBeenCalledTimes(1);
});

function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

test('no listener for the abort is left, however it ended', async () => {
  const { signal } = new AbortController();
  const ending = iterable({ next: async () => ({ done: true, value: undefined }) });
  await forEachChunk(ending, signal, () => undefined);
  const failing = iterable({ next: () => Promise.reject(new Error('no')) });
  await expect(forEachChunk(failing, signal, () => undefined)).rejects.toThrow('no');
  await untilAborted(signal, () => 1);
  await expect(untilAborted(signal, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(listenersOf(signal)).toBe(0);
  const waiting = forEachChunk(iterable({ next: never }), signal, () => undefined);
  expect(listenersOf(signal)).toBe(1);
  expect(waiting).toBeInstanceOf(Promise);
});

test('nothing is begun where the abort came before', async () => {
  const begin = jest.fn();
  const signal = AbortSignal.abort(new Error('gone'));
  await expect(forEachChunk({ [Symbol.asyncIterator]: begin }, signal, () => undefined)).rejects.toThrow('gone');
  expect(() => untilAborted(signal, begin)).toThrow('gone');
  expect(begin).not.toHaveBeenCalled();
});

test('an abort while a chunk is processed ends it before the next is requested', async () => {
  const abort = new AbortController();
  const next = jest.fn(async () => ({ done: false, value: 1 }));
  const closing = jest.fn(never);
  const done = forEachChunk(iterable({ next, return: closing }), abort.signal, async () =>
    abort.abort(new Error('gone')),
  );
  await expect(done).rejects.toThrow('gone');
  expect([next.mock.calls.length, closing.mock.calls.length]).toEqual([1, 1]);
});

test('an iterable that always has something ready lets others have their turn after 64 chunks', async () => {
  let taken = 0;
  const takenAtTurn: number[] = [];
  const look = (): void => {
    takenAtTurn.push(taken);
    if (taken < 200) setImmediate(look);
  };
  setImmediate(look);
  const next = async () => ({ done: taken === 200, value: 1 });
  await forEachChunk(iterable({ next }), new AbortController().signal, () => {
    taken += 1;
  });
  const shares = takenAtTurn.map((count, index) => count - (takenAtTurn[index - 1] ?? 0));
  // Fewer on a machine that is so slow that 64 take a whole turn's time.
  expect(Math.max(...shares)).toBeLessThanOrEqual(64);
  expect(taken).toBe(200);
});

test('what take throws closes the iterable', async () => {
  const closing = jest.fn(async () => ({ done: true, value: undefined }));
  const source = iterable({ next: async () => ({ done: false, value: 1 }), return: closing });
  const done = forEachChunk(source, new AbortController().signal, () => {
    throw new Error('full');
  });
  await expect(done).rejects.toThrow('full');
  expect(closing).toHaveBeenCalledTimes(1);
});

test.each([
  [
    'that throws',
    () => {
      throw new Error('no');
    },
  ],
  ['that rejects', () => Promise.reject(new Error('no'))],
  ['that is none', undefined],
  ['that gives no promise', () => undefined],
])('a return %s does no harm', async (_name, closing) => {
  const source = iterable({ next: async () => ({ done: false, value: 1 }), return: closing });
  const done = forEachChunk(source, new AbortController().signal, () => {
    throw new Error('full');
  });
  await expect(done).rejects.toThrow('full');
});

test('an iterable that ended or failed is not closed again', async () => {
  const closing = jest.fn();
  const { signal } = new AbortController();
  await forEachChunk(
    iterable({ next: async () => ({ done: true, value: 1 }), return: closing }),
    signal,
    () => undefined,
  );
  const failing = iterable({ next: () => Promise.reject(new Error('no')), return: closing });
  await expect(forEachChunk(failing, signal, () => undefined)).rejects.toThrow('no');
  expect(closing).not.toHaveBeenCalled();
});

test('work that settles before an abort gives its result; after it, its result is discarded', async () => {
  const abort = new AbortController();
  const discarded: unknown[] = [];
  expect(await untilAborted(abort.signal, () => 1)).toBe(1);
  let finish = (_value: string): void => undefined;
  const late = untilAborted(
    abort.signal,
    () =>
      new Promise<string>((resolve) => {
        finish = resolve;
      }),
    (value) => discarded.push(value),
  );
  abort.abort(new Error('gone'));
  await expect(late).rejects.toThrow('gone');
  finish('late');
  await new Promise((resolve) => setImmediate(resolve));
  expect(discarded).toEqual(['late']);
});

test('a rejection that comes after an abort goes nowhere', async () => {
  const abort = new AbortController();
  let fail = (_reason: Error): void => undefined;
  const discard = jest.fn();
  const work = (): Promise<never> =>
    new Promise((_resolve, reject) => {
      fail = reject;
    });
  const late = untilAborted(abort.signal, work, discard);
  abort.abort(new Error('gone'));
  fail(new Error('no'));
  await expect(late).rejects.toThrow('gone');
  expect(discard).not.toHaveBeenCalled();
});

test('what work throws is its rejection', async () => {
  const work = (): never => {
    throw new Error('no');
  };
  await expect(untilAborted(new AbortController().signal, work)).rejects.toThrow('no');
});

test('anything may be discarded', () => {
  const destroy = jest.fn();
  const closing = jest.fn(async () => ({ done: true, value: undefined }));
  discardSource({ destroy });
  discardSource(iterable({ return: closing }));
  expect([destroy.mock.calls.length, closing.mock.calls.length]).toEqual([1, 1]);
  const both = { destroy: jest.fn(), [Symbol.asyncIterator]: jest.fn() };
  discardSource(both);
  expect([both.destroy.mock.calls.length, both[Symbol.asyncIterator].mock.calls.length]).toEqual([1, 0]);
  const notCallable = Object.assign(iterable({ return: closing }), { destroy: true });
  discardSource(notCallable);
  expect(closing).toHaveBeenCalledTimes(2);
  const stream = new Readable();
  discardSource(stream);
  expect(stream.destroyed).toBe(true);
  for (const value of [undefined, null, 1, 'text', Buffer.alloc(1), {}, { [Symbol.asyncIterator]: 1 }])
    discardSource(value);
  discardSource({
    destroy() {
      throw new Error('no');
    },
  });
});
