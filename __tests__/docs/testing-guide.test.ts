import express from 'express';
import { createFileContentRouter, openaiCompatible } from 'express-file-content';
import { fakeProvider, recordingAdapter } from 'express-file-content/testing';
import request from 'supertest';

test('serves files, and never completes a truncated one', async () => {
  await using provider = await fakeProvider({
    apiKey: 'key of the gateway',
    files: {
      'file-1': 'hello',
      'file-cut': { content: Buffer.alloc(1000), fault: { kind: 'cut', afterBytes: 500, by: 'fin' } },
    },
  });
  const log = recordingAdapter();
  const gateway = express();
  gateway.use(
    '/v1',
    createFileContentRouter({
      resolveProvider: () =>
        openaiCompatible({ name: 'fake', baseURL: provider.baseURL, apiKey: 'key of the gateway' }),
      logger: log,
    }),
  );

  await request(gateway).get('/v1/files/file-1/content').expect(200);
  await request(gateway).get('/v1/files/file-2/content').expect(404);
  // A body that is cut must not look complete.
  await expect(request(gateway).get('/v1/files/file-cut/content')).rejects.toThrow();

  const records = await log.finished(3);
  expect(records.map(({ outcome }) => outcome)).toEqual(['completed', 'upstream_error', 'upstream_truncated']);
  // The client's key stays at the gateway.
  expect(provider.requests[0]?.headers.authorization).toBe('Bearer key of the gateway');
});
