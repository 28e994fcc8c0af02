import { isPrototypePolluted } from '../../lib/values/polluted-prototype';

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Adds a name to `Object.prototype` until it is disposed of. */
function addName(name: string, enumerable: boolean): Disposable {
  Object.defineProperty(Object.prototype, name, { value: 'added', configurable: true, writable: true, enumerable });
  return { [Symbol.dispose]: () => void Reflect.deleteProperty(Object.prototype, name) };
}

afterEach(() => turn());

it.each(['added', '', '__added__'])('finds the enumerable name %j at once, and its removal', (name) => {
  expect(isPrototypePolluted()).toBe(false);
  {
    using _added = addName(name, true);
    expect(isPrototypePolluted()).toBe(true);
  }
  expect(isPrototypePolluted()).toBe(false);
});

it('finds a name that cannot be enumerated in the next turn of the event loop, and its removal at once', async () => {
  expect(isPrototypePolluted()).toBe(false);
  {
    using _added = addName('added', false);
    await turn();
    expect(isPrototypePolluted()).toBe(true);
    expect(isPrototypePolluted()).toBe(true);
  }
  expect(isPrototypePolluted()).toBe(false);
});
