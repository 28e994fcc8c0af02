#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSupportedNode } from './node-version';

const manifest: { readonly version: string; readonly engines: { readonly node: string } } = JSON.parse(
  readFileSync(join(__dirname, '../../../package.json'), 'utf8'),
);

if (isSupportedNode(process.versions.node)) {
  // Loaded only now, because an older Node cannot load it.
  const { main }: typeof import('./main') = require('./main');
  void main(process.argv.slice(2), process.env, manifest.version);
} else {
  console.error(
    `express-file-content needs Node ${manifest.engines.node}, and this is ${process.versions.node}. ` +
      'Get another version from https://nodejs.org.',
  );
  process.exitCode = 1;
}
