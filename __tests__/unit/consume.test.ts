import { consume, discardSource, untilAborted } from '../../lib/delivery/consume';

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
  await consume(source(), new AbortController().signal, async (chunk) => {
    await Promise.resolve();
    seen.push(`took ${String(chunk)}`);
  });
  expect(seen).toEqual(['give 1', 'took 1', 'give 2', 'took 2', 'give 3', 'took 3']);
});

test('an abort ends the wait for an iterable that hangs, and closes it', async () => {
  const abort = new AbortController();
  const closing = jest.fn(never);
  const done = consume(iterable({ next: never, return: closing }), abort.signal, () => undefined);
  abort.abort(new Error('gone'));
  await expect(done).rejects.toThrow('gone');
  expect(closing).toHaveBeenCalledTimes(1);
});

test('what take throws closes the iterable', async () => {
  const closing = jest.fn(async () => ({ done: true, value: undefined }));
  const source = iterable({ next: async () => ({ done: false, value: 1 }), return: closing });
  const done = consume(source, new AbortController().signal, () => {
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
])('a return %s harms nobody', async (_name, closing) => {
  const source = iterable({ next: async () => ({ done: false, value: 1 }), return: closing });
  const done = consume(source, new AbortController().signal, () => {
    throw new Error('full');
  });
  await expect(done).rejects.toThrow('full');
});

test('an iterable that ended or failed is not closed again', async () => {
  const closing = jest.fn();
  const { signal } = new AbortController();
  await consume(iterable({ next: async () => ({ done: true, value: 1 }), return: closing }), signal, () => undefined);
  const failing = iterable({ next: () => Promise.reject(new Error('no')), return: closing });
  await expect(consume(failing, signal, () => undefined)).rejects.toThrow('no');
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
  expect(() => untilAborted(abort.signal, () => 1)).toThrow('gone');
});

test('anything may be discarded', () => {
  const destroy = jest.fn();
  const closing = jest.fn(async () => ({ done: true, value: undefined }));
  discardSource({ destroy });
  discardSource(iterable({ return: closing }));
  expect([destroy.mock.calls.length, closing.mock.calls.length]).toEqual([1, 1]);
  for (const value of [undefined, null, 1, Buffer.alloc(1), {}]) discardSource(value);
  discardSource({
    destroy() {
      throw new Error('no');
    },
  });
});
