import { runInNewContext } from 'node:vm';
import {
  optionalFlag,
  optionalFunction,
  optionalList,
  optionalText,
  readGroup,
  readOptions,
  requireAtMostOne,
  requireExactlyOne,
  requireInteger,
  requireOneOf,
  requireText,
} from '../../lib/values/read-options';
import { pollute } from '../support/pollution';

const SECRET = 'sk-canary-0123456789';
const KNOWN = { apiKey: true, name: true } as const;

interface Options {
  apiKey?: string | undefined;
  name?: string | undefined;
}

function read(options: unknown): Readonly<Options> {
  return readOptions<Options>('factory', options as Options, KNOWN);
}

describe('readOptions', () => {
  it.each([
    ['an object', { apiKey: 'k' }],
    ['an object without a prototype', Object.assign(Object.create(null), { apiKey: 'k' })],
    ['an object of another realm', runInNewContext('({ apiKey: "k" })')],
    ['a frozen object', Object.freeze({ apiKey: 'k' })],
    [
      'an instance of a class',
      new (class {
        apiKey = 'k';
      })(),
    ],
  ])('copies %s, and freezes the copy', (_what, options) => {
    const given = read(options);
    expect({ ...given }).toEqual({ apiKey: 'k' });
    expect(Object.isFrozen(given)).toBe(true);
    expect(given).not.toBe(options);
  });

  it('takes undefined for omitted', () => {
    expect(read({ apiKey: 'k', name: undefined }).name).toBeUndefined();
  });

  it('finds nothing on a polluted Object.prototype, neither a value nor an unknown option', () => {
    using _ = pollute({ name: 'foreign', other: 'foreign' });
    const given = read({ apiKey: 'k' });
    expect(given.name).toBeUndefined();
  });

  it('reads an accessor once', () => {
    let reads = 0;
    const options = {
      get apiKey() {
        reads += 1;
        return 'k';
      },
    };
    read(options);
    expect(reads).toBe(1);
  });

  it.each([undefined, null, 'text', 7, [], () => undefined])('refuses %p', (options) => {
    expect(() => read(options)).toThrow(/^factory: "options" must be an object, got (?!.*text)/);
  });

  it('refuses an unknown option, also one whose value is undefined', () => {
    expect(() => read({ apikey: undefined })).toThrow(/^factory: unknown option "apikey"\. Did you mean `apiKey`\?/);
  });

  it('refuses null, which is not an omission', () => {
    expect(() => read({ name: null })).toThrow(/^factory: "name" must be left out or have a value, got null\./);
  });
});

describe('readGroup', () => {
  it('has no member where the group is omitted', () => {
    expect(Object.keys(readGroup('factory', 'timeouts', undefined, ['idle']))).toEqual([]);
  });

  it.each([
    [null, /"timeouts" must be an object, got null/],
    [5, /"timeouts" must be an object, got a number/],
    [{ idel: 1 }, /unknown option "timeouts\.idel"\. Did you mean `timeouts\.idle`\?/],
    [{ idle: null }, /"timeouts\.idle" must be left out or have a value, got null/],
  ])('refuses %j', (value, message) => {
    expect(() => readGroup('factory', 'timeouts', value, ['idle'])).toThrow(message);
  });
});

describe('a check returns the value, or throws without showing a secret', () => {
  it.each<[string, (value: unknown) => unknown, readonly unknown[], readonly unknown[]]>([
    ['requireText', (value) => requireText('f', 'o', value), ['a'], ['', undefined, 7, null, {}, [SECRET]]],
    ['optionalText', (value) => optionalText('f', 'o', value), ['a', undefined], ['', 7, null, { SECRET }]],
    ['optionalFlag', (value) => optionalFlag('f', 'o', value), [true, false, undefined], [0, null, {}]],
    ['optionalFunction', (value) => optionalFunction('f', 'o', value), [Number.isNaN, undefined], [SECRET, null, {}]],
    [
      'requireInteger',
      (value) => requireInteger('f', 'o', value, 1, 9),
      [1, 9],
      [0, 10, 1.5, Number.NaN, Infinity, '1'],
    ],
    ['requireOneOf', (value) => requireOneOf('f', 'o', value, ['raw', 'openai']), ['raw'], [SECRET, '', 7, undefined]],
  ])('%s', (_name, check, right, wrong) => {
    for (const value of right) expect(check(value)).toBe(value);
    for (const value of wrong) {
      expect(() => check(value)).toThrow(/^f: "o" must be .*, got .*\. See /);
      expect(() => check(value)).not.toThrow(SECRET);
    }
  });

  it('requireOneOf names the likely word', () => {
    expect(() => requireOneOf('f', 'o', 'Raw', ['raw', 'openai'])).toThrow(/got a string\. Did you mean 'raw'\? See /);
  });

  it('optionalList copies a list, and gives an empty one where it is omitted', () => {
    const given = ['a'];
    expect(optionalList('f', 'o', given)).toEqual(given);
    expect(optionalList('f', 'o', given)).not.toBe(given);
    expect(optionalList('f', 'o', undefined)).toEqual([]);
    expect(() => optionalList('f', 'o', SECRET as never)).toThrow(/^f: "o" must be an array, got a string\./);
  });
});

describe('options that exclude each other', () => {
  it.each([
    [{ a: 1, b: undefined }, undefined, undefined],
    [{ a: undefined, b: undefined }, undefined, /one of "a" and "b" must be given/],
    [{ a: 1, b: 2 }, /"a" and "b" must not both be given/, /"a" and "b" must not both be given/],
  ])('%j', (options, more, not) => {
    const atMost = () => requireAtMostOne('f', options);
    const exactly = () => requireExactlyOne('f', options);
    if (more) expect(atMost).toThrow(more);
    else expect(atMost).not.toThrow();
    if (not) expect(exactly).toThrow(not);
    else expect(exactly).not.toThrow();
  });
});
