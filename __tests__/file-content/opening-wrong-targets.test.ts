import { createFileContent, isFileContentError, type OpenTarget, openaiCompatible } from '../../lib/index';
import { watchProcess } from '../support/leaks';
import { startOpening } from '../support/opening';
import { pollute } from '../support/pollution';
import { answer } from '../support/raw-provider';

const provider = openaiCompatible({ name: 'held', baseURL: 'http://127.0.0.1:9' });
const target = { provider, fileId: 'file-1' };

const MISTAKES: readonly [string, unknown, RegExp][] = [
  ['nothing', undefined, /^open: the target must be an object such as \{ provider, fileId \}, got undefined/],
  ['an id alone', 'file-1', /^open: the target must be an object such as \{ provider, fileId \}, got "file-1"/],
  [
    'no id',
    { provider },
    /^open: "fileId" must be a non-empty string, got undefined in an object with provider\. See /,
  ],
  ['an id of another name', { provider, id: 'file-1' }, /got undefined in an object with provider, id\. See /],
  ['a provider', provider, /^open: the target must be an object such as \{ provider, fileId \}, got a provider\. See /],
  ['no provider', { fileId: 'file-1' }, /^open: "provider" must be a provider object, got undefined/],
  ['a misspelt member', { ...target, fileName: 'a' }, /^open: unknown member "fileName".*`filename`/],
  [
    'a redirect',
    { ...target, delivery: 'redirect' },
    /^open: "delivery" must be 'stream' or 'buffer', because there is no client/,
  ],
  ['an unknown delivery', { ...target, delivery: 'fast' }, /^open: "delivery" must be 'stream'/],
  [
    'a range that is a header',
    { ...target, range: 'bytes=0-1' },
    /^open: "range" must be an object such as \{ start: 0, end: 499 \}, got a string/,
  ],
  ['a range without its start', { ...target, range: { end: 1 } }, /^open: "range.start" must be an integer from 0/],
  ['a negative start', { ...target, range: { start: -1 } }, /^open: "range.start" must be an integer from 0/],
  ['a fraction', { ...target, range: { start: 0.5 } }, /^open: "range.start" must be an integer from 0/],
  [
    'an end before the start',
    { ...target, range: { start: 5, end: 4 } },
    /^open: "range.end" must be an integer from 5/,
  ],
  ['a misspelt range', { ...target, range: { start: 0, last: 4 } }, /^open: "range": unknown option "last"/],
  ['a validator without a range', { ...target, ifRange: '"v1"' }, /^open: "ifRange" must be left out without "range"/],
  [
    'a validator with a line break',
    { ...target, range: { start: 0 }, ifRange: 'a\r\nb' },
    /^open: "ifRange" must be an entity tag/,
  ],
  ['an invalid signal', { ...target, signal: {} }, /^open: "signal" must be an AbortSignal, got an object/],
  ['a controller', { ...target, signal: new AbortController() }, /^open: "signal" must be an AbortSignal/],
  ['params that are none', { ...target, params: { a: 1 } }, /^open: "params.a" must be a string/],
  ['taps that are none', { ...target, taps: {} }, /^open: "taps" must be an array/],
];

describe('open() rejects with a TypeError that says what to write, for', () => {
  it.each(MISTAKES)('%s', async (_name, given, message) => {
    using watch = watchProcess();
    const records: unknown[] = [];
    const files = createFileContent({ logger: { finished: (record) => void records.push(record) } });
    const error: unknown = await files.open(given as OpenTarget).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(isFileContentError(error)).toBe(false);
    expect((error as TypeError).message).toMatch(message);
    expect(files.active()).toEqual([]);
    expect(records).toEqual([]);
    watch.expectQuiet();
  });
});

it('takes undefined for omitted', async () => {
  await using opening = await startOpening(({ send }) => send(answer('hello')));
  const file = await opening.open({
    ...{ range: undefined, ifRange: undefined, signal: undefined, params: undefined, query: undefined },
    ...{ resource: undefined, delivery: undefined, taps: undefined, filename: undefined },
  });
  expect(opening.provider.requests[0]).not.toMatch(/^(if-)?range:/im);
  file.body.destroy();
});

it('reads own members alone', async () => {
  await using opening = await startOpening(({ send }) => send(answer('hello')));
  for (const name of ['range', 'ifRange', 'if-range', 'etag', 'filename', 'last-modified']) {
    using _polluted = pollute({ [name]: 'polluted' });
    const file = await opening.open();
    expect(Object.hasOwn(file.headers, name)).toBe(false);
    expect([Object.hasOwn(file, 'etag'), Object.hasOwn(file, 'filename')]).toEqual([false, false]);
    file.body.destroy();
  }
  expect(opening.provider.requests.join('')).not.toMatch(/polluted/);
});
