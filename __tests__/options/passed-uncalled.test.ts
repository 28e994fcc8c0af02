import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express5, { type RequestHandler } from 'express';
import express4 from 'express4';
import * as api from '../../lib/index';
import { transferConsole } from '../../lib/integrations/console';
import { openTelemetry } from '../../lib/integrations/opentelemetry';
import { prometheusMetrics } from '../../lib/integrations/prometheus';
import { recordingAdapter } from '../../lib/testing/index';
import { startGateway } from '../support/gateway';

const provider = api.openai({ apiKey: 'key' });

/** The message that Express's error handler gets for a request to a handler of this package that was not called. */
async function errorOf(handler: unknown, express: typeof express5): Promise<string> {
  const app = express();
  app.use('/v1', handler as RequestHandler);
  const handled: express5.ErrorRequestHandler = (error, _req, res, _next) => void res.end(error.message);
  app.use(handled);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/files/file-1/content`;
  const message = await (await fetch(url)).text();
  server.closeAllConnections();
  server.close();
  return message;
}

describe.each([
  ['4', express4],
  ['5', express5],
])('mounted in Express %s without being called', (_major, express) => {
  it.each<[string, unknown, string]>([
    ['createFileContentRouter', api.createFileContentRouter, '({ resolveProvider: () => provider })'],
    ['createFileContent', api.createFileContent, '({ resolveProvider: () => provider })'],
    ['fileIdRewriter', api.fileIdRewriter, '({ encode })'],
  ])('%s says so', async (name, handler, call) => {
    expect(await errorOf(handler, express)).toContain(
      `${name}: "options" must be an object, got an HTTP request; write ${name}${call}.`,
    );
  });

  it.each<[string, unknown, string]>([
    ['transferConsole', transferConsole, 'transferConsole(files)'],
    ['contentLinks', api.contentLinks({ keys: ['0'.repeat(64)], resolve: () => provider }).handler, 'links.handler('],
  ])('the handler of %s says so', async (name, handler, call) => {
    const message = await errorOf(handler, express);
    expect(message).toContain(`${name}: "files" must be what createFileContent(options) returned, got an HTTP request`);
    expect(message).toContain(`; write ${call}`);
  });

  it('serve says so in the record', async () => {
    const log = recordingAdapter();
    const { serve } = api.createFileContent({ logger: log });
    expect(JSON.parse(await errorOf(serve, express))).toMatchObject({ error: { code: 'resolver_failed' } });
    const [record] = await log.finished(1);
    expect(record?.error?.cause?.message).toMatch(
      /^serve: the target must be an object such as \{ provider, fileId \}/,
    );
  });
});

test.each<[string, unknown]>([
  ['consoleLogger()', api.consoleLogger],
  ['prometheusMetrics()', prometheusMetrics],
  ['openTelemetry()', openTelemetry],
  ['pinoLogger(pino())', api.pinoLogger],
  ['recordingAdapter()', recordingAdapter],
])('as a logger, %s without its brackets says so', (call, logger) => {
  const name = call.slice(0, call.indexOf('('));
  for (const given of [logger, [logger]]) {
    expect(() => Reflect.apply(api.createFileContentRouter, undefined, [{ logger: given }])).toThrow(
      `"logger" must be a logging adapter with a "finished" function, or an array of them, ` +
        `got the function ${name}, which was not called; write ${call}.`,
    );
  }
});

test.each<[string, unknown, string]>([
  ['a resolver', api.openai, 'openai: "options" must be an object, got an HTTP request; write openai({ apiKey }).'],
  [
    'a resolver that makes resolvers',
    api.registryResolver,
    'registryResolver: "options" must be an object, got an HTTP request; write registryResolver({ providers }).',
  ],
  ['the result', () => api.openai, 'got the function openai, which was not called; write openai({ apiKey }).'],
  [
    'a provider',
    () => ({ provider: api.groq }),
    'got the function groq, which was not called; write groq({ apiKey }).',
  ],
  [
    'a provider of the registry',
    api.registryResolver({ providers: { openai: api.openai as never } }),
    'openai: unknown options provider, model, fileId; write openai({ apiKey }); was openai passed without being called?',
  ],
])('as %s it says so in the record', async (_where, resolveProvider, message) => {
  await using gateway = await startGateway({ resolveProvider: resolveProvider as api.ProviderResolver });
  await (await fetch(`${gateway.origin}/v1/files/file-1/content`)).text();
  const [record] = await gateway.recorded(1);
  expect(record?.error?.cause?.message).toContain(message);
});

test.each<[string, unknown, string]>([
  ['a provider', provider, 'got a provider; write () => provider.'],
  ['a resolution', { provider }, 'got an object; write () => ({ provider }).'],
  ['a promise', Promise.resolve(provider), 'got a Promise; write () => promise.'],
  ['a name', 'openai', 'got "openai".'],
])('%s in place of the resolver gets a message with the callback', (_what, resolveProvider, message) => {
  expect(() => Reflect.apply(api.createFileContentRouter, undefined, [{ resolveProvider }])).toThrow(
    `createFileContentRouter: "resolveProvider" must be a function that returns a provider, ${message}`,
  );
});

test.each<[string, unknown, string]>([
  ['a provider', provider, 'got a provider; write createFileContentRouter({ resolveProvider: () => provider }).'],
  ['a callback', () => provider, 'got a function; write createFileContentRouter({ resolveProvider: () => provider }).'],
  ['nothing', undefined, 'got undefined; write createFileContentRouter({ resolveProvider: () => provider }).'],
  ['{ provider }', { provider }, 'unknown option "provider". Did you mean `resolveProvider`?'],
])('%s in place of the options gets a message with the call', (_what, options, message) => {
  expect(() => Reflect.apply(api.createFileContentRouter, undefined, [options])).toThrow(message);
});

test.each<[string, () => unknown, string]>([
  ['a key', () => Reflect.apply(api.openai, undefined, ['sk-secret']), 'got a string; write openai({ apiKey }).'],
  ['a level', () => Reflect.apply(api.consoleLogger, undefined, ['debug']), 'write consoleLogger({ level }).'],
  [
    'nothing',
    () => Reflect.apply(api.groq, undefined, []),
    'groq: "options" must be an object, got undefined; write gr',
  ],
])('%s in place of the options of a factory gets a message with its call', (_what, make, message) => {
  expect(make).toThrow(message);
  expect(make).not.toThrow('secret');
});
