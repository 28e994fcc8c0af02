import express from 'express';
import { createFileContentRouter, openaiCompatible } from 'express-file-content';
import { fakeProvider } from 'express-file-content/testing';
import request from 'supertest';

test('a TypeScript test downloads a file through the router', async () => {
  const provider = await fakeProvider({ apiKey: 'key', files: { 'file-1': 'content' } });
  const app = express();
  app.use(
    '/v1',
    createFileContentRouter({
      resolveProvider: () => openaiCompatible({ name: 'fake', baseURL: provider.baseURL, apiKey: 'key' }),
    }),
  );
  const response = await request(app).get('/v1/files/file-1/content').buffer(true);
  expect(response.status).toBe(200);
  await provider.close();
});
