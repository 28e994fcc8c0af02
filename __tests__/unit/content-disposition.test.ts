import fc from 'fast-check';
import { contentDispositionFor, filenameOf, safeContentDisposition } from '../../lib/content-disposition';

describe('safeContentDisposition', () => {
  it.each([
    'attachment',
    'attachment; filename="dataset.jsonl"',
    "attachment; filename=a.txt; filename*=UTF-8''%C3%A9.txt",
    'ATTACHMENT; filename=a',
  ])('lets %s pass as it is', (value) => {
    expect(safeContentDisposition(value)).toBe(value);
  });

  it.each([
    [undefined, 'attachment'],
    ['', 'attachment'],
    ['inline', 'attachment'],
    ['form-data; name="x"; filename="a.html"', 'attachment; filename=a.html'],
    ['attachment; filename="C:\\\\dir\\\\a.txt"', 'attachment; filename=a.txt'],
    [
      `attachment; filename="${Buffer.from('日本.txt').toString('latin1')}"`,
      /^attachment; .*filename\*=UTF-8''%E6%97%A5%E6%9C%AC\.txt$/,
    ],
    ['attachment; filename="\xe9.txt"', /^attachment; .*(filename="\xe9\.txt"|filename\*=UTF-8''%C3%A9\.txt)$/],
  ])('makes a download of %j', (value, expected) => {
    if (typeof expected === 'string') expect(safeContentDisposition(value)).toBe(expected);
    else expect(safeContentDisposition(value)).toMatch(expected);
  });

  it('gives an attachment that a header can carry and a parser can read, whatever a provider writes', () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }).map((name) => `inline; filename="${name}"`),
      fc.string({ unit: 'grapheme' }).map((name) => `attachment; filename="${Buffer.from(name).toString('latin1')}"`),
    );
    fc.assert(
      fc.property(anything, (value) => {
        const safe = safeContentDisposition(value);
        return (
          /^attachment/i.test(safe) && /^[\x20-\x7e\xa0-\xff]*$/.test(safe) && !/[/\\]/.test(filenameOf(safe) ?? '')
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe('contentDispositionFor', () => {
  it.each([
    ['a.txt', 'attachment; filename=a.txt'],
    ['with space.txt', 'attachment; filename="with space.txt"'],
    ['../../etc/passwd', 'attachment; filename=passwd'],
    ['a\r\nX-Injected: 1', /^attachment; filename="aX-Injected: 1"$/],
    ['', 'attachment'],
    ['dir/', 'attachment'],
    ['\ud800.txt', 'attachment; filename=.txt'],
  ])('of %j', (filename, expected) => {
    if (typeof expected === 'string') expect(contentDispositionFor(filename)).toBe(expected);
    else expect(contentDispositionFor(filename)).toMatch(expected);
  });

  it('keeps every name that is none of a path, to the character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
        fc.pre(!/[/\\\p{Cc}\p{Cs}]/u.test(name));
        return filenameOf(contentDispositionFor(name)) === name;
      }),
    );
  });
});
