// Runs as it stands under Jest without configuration, under vitest with globals, under mocha and under Node's own test
// runner.
const assert = require('node:assert/strict');
const express = require('express');
const { createFileContentRouter, openaiCompatible } = require('express-file-content');
const { fakeProvider } = require('express-file-content/testing');
const request = require('supertest');

const run = globalThis.test ?? globalThis.it ?? require('node:test').test;

run('a test of an application downloads a file through the router', async () => {
  const content = Buffer.alloc(1_000_000, 'abc');
  const provider = await fakeProvider({ apiKey: 'key', files: { 'file-1': content } });
  const app = express();
  app.use(
    '/v1',
    createFileContentRouter({
      resolveProvider: () => openaiCompatible({ name: 'fake', baseURL: provider.baseURL, apiKey: 'key' }),
    }),
  );
  const response = await request(app).get('/v1/files/file-1/content').buffer(true);
  assert.equal(response.status, 200);
  assert.ok(content.equals(response.body));
  await provider.close();
});
