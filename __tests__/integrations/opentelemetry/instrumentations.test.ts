import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BuiltPackage, layOutPackage } from '../../support/built-package';

/** Instrumentations patch what `require` loads, and Jest has a `require` of its own. */
const PROGRAM = `
import { createRequire } from 'node:module';
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
const ignoreIncomingRequestHook = ({ headers }) => headers.authorization !== undefined;
for (const one of [new HttpInstrumentation({ ignoreIncomingRequestHook }), new ExpressInstrumentation()]) {
  one.setTracerProvider(provider);
}
const require = createRequire(import.meta.url);
const express = require('express');
const { createFileContent, openaiCompatible } = require('express-file-content');
const { openTelemetry } = require('express-file-content/opentelemetry');
const { fakeProvider, recordingAdapter } = require('express-file-content/testing');

const fault = { kind: 'cut', afterBytes: 100_000, by: 'rst' };
const cut = { content: Buffer.alloc(300_000), fault };
const fake = await fakeProvider({ files: { 'file-1': 'x', 'file-cut': cut } });
const held = openaiCompatible({ name: 'example', baseURL: fake.baseURL, apiKey: 'key' });

async function spansOf(adapters, delivery, id = 'file-1') {
  exporter.reset();
  const log = recordingAdapter();
  const resolveProvider = () => ({ provider: held, delivery });
  const app = express();
  app.use('/v1', createFileContent({ resolveProvider, logger: [...adapters, log] }).router);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const served = new Promise((resolve) => server.once('request', (_req, res) => res.once('close', resolve)));
  const url = 'http://127.0.0.1:' + server.address().port + '/v1/files/' + id + '/content';
  await fetch(url).then((res) => res.text()).catch(() => {});
  await log.finished(1);
  await served;
  server.close();
  server.closeAllConnections();
  const spans = exporter.getFinishedSpans().map(({ kind, name, attributes, status }) => ({
    kind: ['INTERNAL', 'SERVER', 'CLIENT'][kind],
    name,
    route: attributes['http.route'],
    ...(status.code === 2 && { error: attributes['error.type'] ?? 'none' }),
  }));
  return { spans, traceparent: fake.requests.at(-1).headers.traceparent };
}

const results = [];
for (const delivery of ['stream', 'buffer']) {
  results.push({
    delivery,
    without: await spansOf([], delivery),
    with: await spansOf([openTelemetry()], delivery),
    propagated: await spansOf([openTelemetry({ propagate: true })], delivery),
  });
}
const cuts = {
  without: await spansOf([], 'stream', 'file-cut'),
  with: await spansOf([openTelemetry()], 'stream', 'file-cut'),
};
await fake.close();
console.log(JSON.stringify({ results, cuts }));
`;

interface Seen {
  readonly spans: readonly {
    readonly kind: string;
    readonly name: string;
    readonly route?: string;
    readonly error?: string;
  }[];
  readonly traceparent?: string;
}

const run = promisify(execFile);
const docs = join(__dirname, '../../../docs');
let built: BuiltPackage;

beforeAll(async () => {
  built = await layOutPackage();
});
afterAll(() => built[Symbol.asyncDispose]());

const of = ({ spans }: Seen, kind: string) => spans.filter((span) => span.kind === kind);
let seen: { results: { without: Seen; with: Seen; propagated: Seen }[]; cuts: { without: Seen; with: Seen } };

beforeAll(async () => {
  const program = join(built.directory, 'instrumented.mjs');
  await writeFile(program, PROGRAM);
  const { stdout } = await run(process.execPath, [program]);
  seen = JSON.parse(stdout);
});

it('with the instrumentations of HTTP and Express, a download that was cut off is an error of the server', () => {
  const { cuts } = seen;
  expect(of(cuts.without, 'SERVER').map(({ error }) => error)).toEqual([undefined]);
  expect(of(cuts.with, 'SERVER').map(({ error }) => error)).toEqual([expect.stringMatching(/^provider_/)]);
});

it('with the instrumentations of HTTP and Express, a request to a provider is one span and nothing leaks', () => {
  const { results } = seen;
  expect(results).toHaveLength(2);
  const route = '/v1/files/:file_id/content';
  for (const seen of results) {
    // What the instrumentations report alone: the mount, and a trace context for the provider.
    expect(of(seen.without, 'SERVER')).toEqual([{ kind: 'SERVER', name: 'GET /v1', route: '/v1' }]);
    expect(seen.without.traceparent).toBeDefined();
    expect(of(seen.with, 'CLIENT')).toEqual([{ kind: 'CLIENT', name: 'GET' }]);
    expect(of(seen.with, 'SERVER')).toEqual([{ kind: 'SERVER', name: `GET ${route}`, route }]);
    expect(seen.with.traceparent).toBeUndefined();
    expect(of(seen.propagated, 'CLIENT')).toEqual([{ kind: 'CLIENT', name: 'GET' }]);
    expect(seen.propagated.traceparent).toBeDefined();
  }
});

it('the program of the guide prints what the guide shows', async () => {
  const guide = readFileSync(join(docs, 'guides/tracing.md'), 'utf8');
  const [, output] = /^```text\n(.*?)^```$/ms.exec(guide) ?? [];
  const program = join(built.directory, 'tracing.mts');
  await copyFile(join(docs, 'examples/tracing.mts'), program);
  const { stdout } = await run(process.execPath, [program]);
  expect(stdout).toBe(output);
});
