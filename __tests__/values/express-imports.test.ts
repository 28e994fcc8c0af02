import { globSync, readFileSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { parseSync } from '@swc/core';

const LIB = resolve(__dirname, '../../lib');

/**
 * The router mounts on Express; the resolver's type names Express's request; the command line is an application of it.
 * Everything else takes Node's own messages.
 */
const KNOW_EXPRESS: readonly string[] = [
  'integrations/cli/gateway.ts',
  'integrations/transfer-console/transfer-console.ts',
  'resolution/resolution.ts',
  'router.ts',
];

/**
 * Every module that a source file names, as a type or at run time: `import`, `export … from`, `import()` and `require`.
 */
function modulesOf(source: string): string[] {
  const found: string[] = [];
  function visit(node: unknown): void {
    if (typeof node !== 'object' || node === null) return;
    const type: unknown = Reflect.get(node, 'type');
    if (type === 'StringLiteral') found.push(String(Reflect.get(node, 'value')));
    for (const child of Object.values(node)) visit(child);
  }
  visit(parseSync(source, { syntax: 'typescript' }));
  return found;
}

function namesExpress(source: string): boolean {
  return modulesOf(source).some((name) => /^express(\/|$)/.test(name) || name === 'express-serve-static-core');
}

test.each([
  "import express from 'express';",
  "import type { Request } from 'express';",
  "export type { Request } from 'express';",
  "type Req = import('express').Request;",
  "const express = require('express');",
  "await import('express');",
  "import type { Request } from 'express-serve-static-core';",
])('finds %s', (source) => {
  expect(namesExpress(source)).toBe(true);
});

test.each(["import * as http from 'node:http';", "// import 'express'", "import 'express-file-content';"])(
  'does not mistake %s',
  (source) => {
    expect(namesExpress(source)).toBe(false);
  },
);

test('only the command line, the router and the type of the resolver know Express', () => {
  const files = globSync('**/*.ts', { cwd: LIB });
  expect(files.length).toBeGreaterThan(100);
  const found = files.filter((file) => namesExpress(readFileSync(resolve(LIB, file), 'utf8')));
  expect(found.map((file) => file.split(sep).join('/')).sort()).toEqual(KNOW_EXPRESS);
});
