import { globSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { parseSync } from '@swc/core';
import { check } from 'recheck';
import { redact } from '../../lib/transfer/redaction/redaction';
import { refusalError } from '../../lib/upstream/refusal/refusal';

const LIB = resolve(__dirname, '../../lib');

interface Literal {
  readonly pattern: string;
  readonly flags: string;
}

/** Every regular expression that is written in a source file. */
function literalsOf(source: string): Literal[] {
  const found: Literal[] = [];
  function visit(node: unknown): void {
    if (typeof node !== 'object' || node === null) return;
    if (Reflect.get(node, 'type') === 'RegExpLiteral') {
      found.push({ pattern: String(Reflect.get(node, 'pattern')), flags: String(Reflect.get(node, 'flags')) });
    }
    for (const child of Object.values(node)) visit(child);
  }
  visit(parseSync(source, { syntax: 'typescript' }));
  return found;
}

const files = globSync('**/*.ts', { cwd: LIB }).map((file) => ({
  file,
  source: readFileSync(resolve(LIB, file), 'utf8'),
}));
const literals = files.flatMap(({ file, source }) => literalsOf(source).map((literal) => ({ file, ...literal })));

describe('no regular expression takes more time than its input is long', () => {
  it('all are found, and none is made of a text at run time', () => {
    expect(literals.length).toBeGreaterThan(90);
    const made = files.filter(({ source }) => /\bRegExp\(/.test(source)).map(({ file }) => relative(LIB, file));
    expect(made).toEqual([]);
  });

  it('finds one that does', async () => {
    expect(await check('/+$', '')).toMatchObject({ status: 'vulnerable' });
  });

  it.each(literals)('$file: $pattern', async ({ pattern, flags }) => {
    // Steps decide, and no time: a loaded machine must not make an expression look slow.
    const result = await check(pattern, flags, { timeout: null, attackTimeout: null, incubationTimeout: null });
    // Compared with itself, so that a failure prints the text that attacks.
    expect(result).toEqual({ ...result, status: 'safe' });
  });
});

describe('a hostile text holds nothing up, however long it is', () => {
  const PARTS = [
    'eyJ-',
    'eyJaaaaaaaa.',
    '%25',
    '&#',
    '\\',
    '\\\\u005c',
    'sk-',
    'Bearer ',
    '?x-amz-',
    '<Message>',
    '\u200ba',
    '/',
  ];

  // Quadratic, half a megabyte takes minutes; in proportion, milliseconds.
  it.each(PARTS)('%j again and again', (part) => {
    const text = part.repeat(512 * 1024);
    const before = process.cpuUsage();
    redact(text, ['Bearer eyJaaaaaaaa.eyJaaaaaaaa.', 'x'.repeat(4000), part.repeat(500)]);
    refusalError({ status: 400, headers: {} }, Buffer.from(JSON.stringify({ error: { message: text } })), {
      provider: 'held',
      translateRefusal: undefined,
      redact: (value) => redact(value, [part.repeat(500)]),
    });
    refusalError({ status: 400, headers: {} }, Buffer.from(text), {
      provider: 'held',
      translateRefusal: undefined,
      redact: (value) => redact(value),
    });
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(5_000);
  });
});
