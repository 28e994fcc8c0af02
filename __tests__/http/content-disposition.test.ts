import fc from 'fast-check';
import { contentDispositionFor, filenameOf, safeContentDisposition } from '../../lib/http/content-disposition';

describe('safeContentDisposition', () => {
  it.each([
    'attachment',
    'attachment; filename="dataset.jsonl"',
    `attachment; filename="a.txt"; filename*=UTF-8''%C3%A9.txt`,
    'ATTACHMENT; filename="a b (1).txt"',
    'attachment;filename="100% done, really.csv"',
  ])('lets %s pass as it is', (value) => {
    expect(safeContentDisposition(value)).toBe(value);
  });

  it.each([
    [undefined, 'attachment'],
    ['', 'attachment'],
    ['inline', 'attachment'],
    ['form-data; name="x"; filename="a.html"', 'attachment; filename="a.html"'],
    ['attachment; filename="C:\\\\dir\\\\a.txt"', 'attachment; filename="a.txt"'],
    [
      `attachment; filename="${Buffer.from('日本.txt').toString('latin1')}"`,
      /^attachment; .*filename\*=UTF-8''%E6%97%A5%E6%9C%AC\.txt$/,
    ],
    ['attachment; filename="\xe9.txt"', /^attachment; .*(filename="\xe9\.txt"|filename\*=UTF-8''%C3%A9\.txt)$/],
  ])('makes a download of %j', (value, expected) => {
    if (typeof expected === 'string') expect(safeContentDisposition(value)).toBe(expected);
    else expect(safeContentDisposition(value)).toMatch(expected);
  });

  it.each([
    ['attachment; filename=a.txt', 'a.txt'],
    [`attachment; filename="../../etc/passwd"; filename*=UTF-8''report.csv`, 'report.csv'],
    [`attachment; filename="a\\"b.txt"`, 'a_b.txt'],
    ['attachment; filename="a%00.txt"', 'a_00.txt'],
    ['attachment; filename="%2e%2e%2fpasswd"', '_2e_2e_2fpasswd'],
    [`attachment; filename*=UTF-8''%2e%2e%2fpasswd%00`, 'passwd'],
    [`attachment; filename*=UTF-8''a%e2%80%aetxt.exe`, 'atxt.exe'],
    ['attachment; filename=".bashrc"', 'bashrc'],
    ['attachment; filename="..."', undefined],
    ['attachment; filename=".."', undefined],
    ['attachment; filename="C:evil.exe"', 'evil.exe'],
    ['attachment; filename="a.txt:hidden"', 'a.txt_hidden'],
    ['attachment; filename="con"', '_con'],
    ['attachment; filename="LPT1 .txt"', '_LPT1 .txt'],
    ['attachment; filename="a.txt. . "', 'a.txt'],
    ['attachment; filename="a.txt", attachment; filename="evil.html"', 'a.txt'],
    ['attachment; filename="a.txt"; filename="b.html"', 'a.txt'],
    ['attachment; filename="a.txt"; x=1', 'a.txt'],
    [`attachment; filename="${'n'.repeat(5000)}.jsonl"`, `${'n'.repeat(194)}.jsonl`],
  ])('rebuilds %j from a cleaned name, quoted', (value, name) => {
    expect(safeContentDisposition(value)).toBe(name === undefined ? 'attachment' : `attachment; filename="${name}"`);
  });

  it('cleans the ASCII name beside an extended one, too', () => {
    expect(safeContentDisposition(`attachment; filename="../../etc/passwd"; filename*=UTF-8''%C3%A9.txt`)).toBe(
      `attachment; filename="passwd"; filename*=UTF-8''%C3%A9.txt`,
    );
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
    ['a.txt', 'attachment; filename="a.txt"'],
    ['with space.txt', 'attachment; filename="with space.txt"'],
    ['../../etc/passwd', 'attachment; filename="passwd"'],
    ['a\r\nX-Injected: 1', /^attachment; filename="aX-Injected_ 1"$/],
    ['', 'attachment'],
    ['dir/', 'attachment'],
    ['\ud800.txt', 'attachment; filename="txt"'],
    ["d'été (1).txt", `attachment; filename="d'_t_ (1).txt"; filename*=UTF-8''d%27%C3%A9t%C3%A9%20%281%29.txt`],
    ['語'.repeat(100), /^attachment; filename="_{66}"; filename\*=UTF-8''(?:%E8%AA%9E){66}$/],
  ])('of %j', (filename, expected) => {
    if (typeof expected === 'string') expect(contentDispositionFor(filename)).toBe(expected);
    else expect(contentDispositionFor(filename)).toMatch(expected);
  });

  it('keeps every name that is safe on every system, to the character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
        fc.pre(!/[/\\<>:"|?*%\p{Cc}\p{Cs}\p{Cf}\p{Zl}\p{Zp}]|^[\s.]|[\s.]$/u.test(name));
        return filenameOf(contentDispositionFor(name)) === name;
      }),
    );
  });

  it('gives one name that cleaning leaves as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const once = contentDispositionFor(name);
        return contentDispositionFor(filenameOf(once) ?? '') === once;
      }),
    );
  });
});
