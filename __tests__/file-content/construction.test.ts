import { createFileContent, createFileContentRouter, openai } from '../../lib/index';

const resolveProvider = () => openai({ apiKey: 'key' });

describe('createFileContent', () => {
  it('gives the same router each time', () => {
    const files = createFileContent({ resolveProvider });
    expect(files.router).toBe(files.router);
    expect(typeof files.router).toBe('function');
  });

  it.each([[{}], [{ resolveProvider: undefined }]])('says what the router needs with %p', (options) => {
    const files = createFileContent(options);
    expect(files.active()).toEqual([]);
    expect(() => files.router).toThrow(
      new TypeError(
        'createFileContent: "resolveProvider" must be a function such as () => provider, because the router needs it, got undefined. ' +
          'See express-file-content/docs/errors.md#invalid-option',
      ),
    );
  });

  it('checks its options at once', () => {
    // @ts-expect-error: the compiler refuses it, too
    expect(() => createFileContent({ timeout: 1 })).toThrow(/unknown option "timeout".*Did you mean `timeouts`\?/);
  });

  it('gives a frozen object', () => {
    expect(Object.isFrozen(createFileContent({ resolveProvider }))).toBe(true);
  });
});

describe('close', () => {
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [null, /^close: "options" must be an object, got null\. See /],
    [5_000, /^close: "options" must be an object, got a number\. See /],
    [{ graceMS: 1 }, /^close: unknown option "graceMS"\. Did you mean `graceMs`\? See /],
    [{ timeout: 1 }, /^close: unknown option "timeout"; the only one is `graceMs`\. See /],
    [{ graceMs: -1 }, /^close: "graceMs" must be an integer of milliseconds from 0 to 2147483647, or Infinity, got/],
    [{ graceMs: 1.5 }, /got number 1\.5\. See /],
    [{ graceMs: Number.NaN }, /got number NaN\. See /],
    [{ graceMs: '5s' }, /got "5s"\. See /],
    [{ graceMs: null }, /got null\. See /],
    [{ graceMs: 2 ** 31 }, /got number 2147483648\. See /],
  ];

  it.each(wrong)('rejects with %p', async (options, message) => {
    const files = createFileContent({ resolveProvider });
    await expect(Reflect.apply(files.close, files, [options])).rejects.toThrow(TypeError);
    await expect(Reflect.apply(files.close, files, [options])).rejects.toThrow(message);
  });

  it.each([[undefined], [{}], [{ graceMs: undefined }], [{ graceMs: 0 }], [{ graceMs: Infinity }], [{ graceMs: 9 }]])(
    'is done at once with %p where nothing is in flight, and can be repeated',
    async (options) => {
      const files = createFileContent({ resolveProvider });
      await files.close(options);
      await files.close(options);
      expect(files.active()).toEqual([]);
    },
  );
});

describe('createFileContentRouter', () => {
  it('gives the router alone', () => {
    expect(Object.keys(createFileContentRouter({ resolveProvider }))).toEqual(
      Object.keys(createFileContent({ resolveProvider }).router),
    );
  });
});
