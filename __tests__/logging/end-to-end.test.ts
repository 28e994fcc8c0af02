import { Writable } from 'node:stream';
import express from 'express';
import express4 from 'express4';
import pino from 'pino';
import request from 'supertest';
import winston from 'winston';
import {
  consoleLogger,
  createFileContentRouter,
  type LoggingAdapter,
  openaiCompatible,
  pinoLogger,
  winstonLogger,
} from '../../lib/index';
import { fakeProvider } from '../../lib/testing/index';
import { CLIENT_KEY, captureConsole, findSecret, PROVIDER_KEY } from '../support/canary';
import { eventually } from '../support/leaks';

type Line = Record<string, unknown>;

function winstonLines() {
  const lines: Line[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const logger = winston.createLogger({
    level: 'debug',
    format: winston.format.json(),
    transports: [new winston.transports.Stream({ stream })],
  });
  return { adapter: winstonLogger(logger), lines };
}

function pinoLines() {
  const lines: Line[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { adapter: pinoLogger(logger), lines };
}

const frameworks: [string, typeof express][] = [
  ['Express 5', express],
  ['Express 4', express4],
];

describe.each(frameworks)('in %s', (_name, framework) => {
  test('L1, L5, T1: three loggers beside a failing one get one start and one record each, no secret', async () => {
    using output = captureConsole();
    await using provider = await fakeProvider({
      apiKey: PROVIDER_KEY,
      files: {
        'file-1': 'content',
        // A provider that repeats the key that it was sent.
        'file-echo': {
          content: '',
          fault: { kind: 'status', status: 500, message: `Failed for Authorization: Bearer ${PROVIDER_KEY}` },
        },
        'file-cut': { content: Buffer.alloc(1000), fault: { kind: 'cut', afterBytes: 400, by: 'fin' } },
      },
    });
    const ofWinston = winstonLines();
    const ofPino = pinoLines();
    const failing: LoggingAdapter = {
      started() {
        throw new Error(`disk full ${PROVIDER_KEY}`);
      },
      finished() {
        throw new Error(`disk full ${PROVIDER_KEY}`);
      },
    };
    const app = framework();
    app.use(
      '/v1',
      createFileContentRouter({
        resolveProvider: () => ({
          provider: openaiCompatible({ name: 'fake', baseURL: provider.baseURL, apiKey: PROVIDER_KEY }),
          tenant: 'acme',
        }),
        logger: [failing, ofWinston.adapter, ofPino.adapter, consoleLogger({ level: 'debug' })],
      }),
    );
    const client = { authorization: `Bearer ${CLIENT_KEY}` };
    await request(app).get('/v1/files/file-1/content').set(client).expect(200);
    await request(app).get('/v1/files/file-2/content').set(client).expect(404);
    await request(app).get('/v1/files/file-echo/content').set(client).expect(500);
    await expect(request(app).get('/v1/files/file-cut/content').set(client)).rejects.toThrow();
    await eventually('eight lines', () => ofPino.lines.length === 8);

    const isNotice = (line: string): boolean => line.startsWith('express-file-content: a logging adapter');
    expect(output.lines.filter(isNotice)).not.toHaveLength(0);
    const ofConsole = output.lines.filter((line) => !isNotice(line)).map((line): Line => JSON.parse(line));
    for (const lines of [ofWinston.lines, ofPino.lines, ofConsole]) {
      const finished = lines.filter(({ outcome }) => outcome !== undefined);
      expect(lines).toHaveLength(8);
      expect(finished).toMatchObject([
        { fileId: 'file-1', outcome: 'completed', bytesSent: 7, complete: 'yes', tenant: 'acme', provider: 'fake' },
        { fileId: 'file-2', outcome: 'upstream_error', status: 404, error: { code: 'file_not_found' } },
        { fileId: 'file-echo', outcome: 'upstream_error', status: 500, error: { code: 'provider_error' } },
        { fileId: 'file-cut', outcome: 'upstream_truncated', bytesExpected: 1000, complete: 'no' },
      ]);
    }
    for (const secret of [PROVIDER_KEY, CLIENT_KEY]) {
      expect(findSecret(secret, { winston: ofWinston.lines, pino: ofPino.lines, console: output.lines })).toEqual([]);
    }
  });
});
