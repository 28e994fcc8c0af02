import { Readable } from 'node:stream';
import pino from 'pino';
import winston from 'winston';
import * as api from '../../lib/index';
import { openTelemetry } from '../../lib/integrations/opentelemetry';
import { prometheusMetrics } from '../../lib/integrations/prometheus';
import { fakeProvider, generatedFile } from '../../lib/testing/index';

type Factory = (options: never) => unknown;
type Options = Readonly<Record<string, unknown>>;

const apiKey = 'key';
const keys = ['0'.repeat(64)];
const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
const located = { name: 'n', baseURL: 'https://a.test', paths: { files: 'files/{fileId}' } };
const winstonLogger = winston.createLogger({ silent: true });

/** Every function that takes options: what it takes at the least. */
const FACTORIES: readonly (readonly [name: string, make: Factory, least: Options])[] = [
  ['anthropic', api.anthropic, { apiKey }],
  ['anthropicAWS', api.anthropicAWS, { region: 'eu-west-1', workspaceId: 'w', credentials }],
  ['anthropicFoundry', api.anthropicFoundry, { resource: 'r', apiKey }],
  ['anthropicVertex', api.anthropicVertex, { baseURL: 'https://a.test', accessToken: 't' }],
  ['azureOpenAI', api.azureOpenAI, { endpoint: 'https://a.test', apiKey }],
  ['azureStorage', api.azureStorage, { account: 'account', container: 'c', sas: 'sv=1&sig=s' }],
  ['batchRows', (options: api.BatchRowsOptions) => api.batchRows(Readable.from([]), options), {}],
  ['batchUsage', api.batchUsage, { onUsage: () => undefined }],
  ['bedrock', api.bedrock, { bucket: 'bucket', region: 'eu-west-1', credentials }],
  ['bufferedProvider', api.bufferedProvider, { name: 'n', fetchContent: () => ({ body: new Uint8Array() }) }],
  ['consoleLogger', api.consoleLogger, {}],
  ['contentLinks', api.contentLinks, { keys, resolve: () => undefined }],
  ['createFileContent', api.createFileContent, {}],
  ['createFileContentRouter', api.createFileContentRouter, { resolveProvider: () => undefined }],
  ['dashscope', api.dashscope, { apiKey }],
  ['fakeProvider', fakeProvider, {}],
  ['fileIdCodec', api.fileIdCodec, { keys }],
  ['fileIdRewriter', api.fileIdRewriter, { encode: () => undefined }],
  ['fireworks', api.fireworks, { apiKey, account: 'a' }],
  ['gcs', api.gcs, { bucket: 'bucket', accessToken: 't' }],
  ['gemini', api.gemini, { apiKey }],
  ['generatedFile', (options) => generatedFile(1, options), {}],
  ['groq', api.groq, { apiKey }],
  ['guardedAgents', api.guardedAgents, {}],
  ['hostedVllm', api.hostedVllm, { baseURL: 'https://a.test/v1' }],
  ['httpProvider', api.httpProvider, located],
  ['manus', api.manus, { apiKey }],
  ['mistral', api.mistral, { apiKey }],
  ['openai', api.openai, { apiKey }],
  ['openaiCompatible', api.openaiCompatible, { name: 'n', baseURL: 'https://a.test/v1' }],
  ['openRouter', api.openRouter, { apiKey }],
  ['perplexity', api.perplexity, { apiKey }],
  ['pinoLogger', (options) => api.pinoLogger(pino({ enabled: false }), options), {}],
  ['openTelemetry', openTelemetry, {}],
  ['prometheusMetrics', prometheusMetrics, {}],
  ['registryResolver', api.registryResolver, { providers: { openai: api.openai({ apiKey }) } }],
  ['rewriteFileIds', (options) => api.rewriteFileIds('{}', () => undefined, options), {}],
  ['s3', api.s3, { bucket: 'bucket', region: 'eu-west-1', credentials }],
  ['signedUrlProvider', api.signedUrlProvider, located],
  ['streamProvider', api.streamProvider, { name: 'n', openContent: () => ({ body: new Uint8Array() }) }],
  ['together', api.together, { apiKey }],
  ['vertexAI', api.vertexAI, { bucket: 'bucket', accessToken: 't' }],
  ['winstonLogger', (options) => api.winstonLogger(winstonLogger, options), {}],
  ['xai', api.xai, { apiKey }],
];

/** One value of each kind. */
const VALUES = {
  null: null,
  NaN: Number.NaN,
  negative: -1,
  fraction: 1.5,
  integer: 7,
  bigint: 7n,
  flag: true,
  symbol: Symbol('wrong'),
  empty: '',
  'line break': 'a\nb',
  text: 'wrong',
  function: () => undefined,
  bytes: new Uint8Array(3),
  'empty array': [],
  'array of numbers': [7],
  record: {},
  'record of something else': { unheardOf: 1 },
  Map: new Map([['a', 'b']]),
  Headers: new Headers({ a: 'b' }),
  Date: new Date(),
  promise: Promise.resolve(),
} as const;

type Kind = keyof typeof VALUES;

const TEXT: readonly Kind[] = ['text'];
const ANY_TEXT: readonly Kind[] = ['text', 'line break'];
const SECRET: readonly Kind[] = ['text', 'function'];
const RECORD: readonly Kind[] = ['record'];
const LIST: readonly Kind[] = ['empty array'];
const FLAG: readonly Kind[] = ['flag'];
const FUNCTION: readonly Kind[] = ['function'];
const COUNT: readonly Kind[] = ['integer'];

/** The kinds that options of a name take. Every other kind is refused; an option that is not listed takes none. */
const TAKEN: Readonly<Record<string, readonly Kind[]>> = {
  accessToken: SECRET,
  account: ANY_TEXT,
  accountKey: SECRET,
  agent: [...RECORD, 'record of something else'],
  agents: RECORD,
  aliases: RECORD,
  allow: LIST,
  allowIdsWithoutTenant: FLAG,
  allowedUris: LIST,
  apiKey: SECRET,
  attributes: LIST,
  authorize: FUNCTION,
  batchModel: ANY_TEXT,
  batches: FLAG,
  betas: LIST,
  bucket: TEXT,
  buffer: RECORD,
  classifyRefusal: FUNCTION,
  container: TEXT,
  contentType: ANY_TEXT,
  credentials: FUNCTION,
  defaultProvider: FUNCTION,
  encode: FUNCTION,
  // It is compared with what requests carry.
  'fakeProvider.apiKey': ANY_TEXT,
  fetchContent: FUNCTION,
  fetchFilename: FLAG,
  filename: ANY_TEXT,
  files: RECORD,
  gate: FUNCTION,
  generation: ['bigint'],
  headers: RECORD,
  labels: LIST,
  levels: RECORD,
  limits: RECORD,
  logger: LIST,
  maxBytes: COUNT,
  maxLineBytes: COUNT,
  models: [...RECORD, ...FUNCTION],
  name: ANY_TEXT,
  onUsage: FUNCTION,
  openContent: FUNCTION,
  organization: TEXT,
  propagate: [...FLAG, ...FUNCTION],
  prefix: ['empty', ...ANY_TEXT],
  project: TEXT,
  providers: RECORD,
  query: [...LIST, ...RECORD],
  redirect: RECORD,
  region: SECRET,
  relay: FLAG,
  requesterPays: FLAG,
  resolve: FUNCTION,
  resolveProvider: FUNCTION,
  resource: TEXT,
  respond: FUNCTION,
  resume: RECORD,
  reuseConnections: FLAG,
  sas: SECRET,
  tenant: FUNCTION,
  timeouts: RECORD,
  token: SECRET,
  translateRefusal: FUNCTION,
  url: [...ANY_TEXT, ...FUNCTION],
  useDualstackEndpoint: FLAG,
  useFipsEndpoint: FLAG,
  userProject: TEXT,
  version: TEXT,
  versionId: ANY_TEXT,
  workspaceId: TEXT,
};

/** What making it ends with: undefined, or what was thrown. */
async function attempt(make: Factory, options: Options): Promise<unknown> {
  try {
    const made = await Reflect.apply(make, undefined, [options]);
    if (typeof made === 'object' && made !== null && 'close' in made) await Reflect.apply(made.close, made, []);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The names that the function's own message lists. */
async function optionsOf(make: Factory, least: Options, group?: string): Promise<string[]> {
  const unknown = { unheardOf: 1 };
  const error = await attempt(make, { ...least, ...(group === undefined ? unknown : { [group]: unknown }) });
  const [, list, only = ''] = /; (?:write one of ([\w., ]+?)|the only one is `([\w.]+)`)\. /.exec(String(error)) ?? [];
  return list?.split(', ') ?? [only];
}

function named(option: string, kind: Kind, error: unknown): string {
  if (error === undefined) return `${option}: ${kind} is taken`;
  const isNamed = error instanceof TypeError && error.message.includes(option);
  return isNamed ? '' : `${option}: ${kind} gives ${String(error)}`;
}

test.each(FACTORIES)('%s refuses what its options do not take, and names the option', async (name, make, least) => {
  const options = await optionsOf(make, least);
  expect(options[0]).toBeTruthy();
  const faults: string[] = [];
  for (const option of options) {
    for (const [kind, value] of Object.entries(VALUES) as [Kind, unknown][]) {
      if (TAKEN[`${name}.${option}`]?.includes(kind) ?? TAKEN[option]?.includes(kind)) continue;
      faults.push(named(option, kind, await attempt(make, { ...least, [option]: value })));
    }
  }
  expect([name, faults.filter((fault) => fault !== '')]).toEqual([name, []]);
});

const GROUPS = ['timeouts', 'limits', 'buffer', 'resume', 'redirect', 'headers', 'agents'] as const;

/** What members of groups take, beside what is refused everywhere. */
const TAKEN_IN_GROUPS: Readonly<Record<string, readonly Kind[]>> = {
  'buffer.retries': COUNT,
  'headers.request': LIST,
  'headers.response': LIST,
  'headers.upstreamRequestId': TEXT,
  'redirect.expiresInSeconds': COUNT,
  'resume.attempts': COUNT,
  'resume.overlapBytes': COUNT,
};

test.each(GROUPS)('members of "%s" refuse what they do not take, and are named', async (group) => {
  const members = await optionsOf(api.createFileContent, {}, group);
  expect(members[0]).toBeTruthy();
  const faults: string[] = [];
  for (const member of members.map((each) => each.replace(`${group}.`, ''))) {
    const option = `${group}.${member}`;
    const isCount = /^(?:timeouts|limits)\.|Bytes$|^buffer\.memory/.test(option) && member !== 'store';
    const taken = isCount ? COUNT : (TAKEN_IN_GROUPS[option] ?? []);
    for (const [kind, value] of Object.entries(VALUES) as [Kind, unknown][]) {
      if (taken.includes(kind)) continue;
      faults.push(named(option, kind, await attempt(api.createFileContent, { [group]: { [member]: value } })));
    }
  }
  expect([group, faults.filter((fault) => fault !== '')]).toEqual([group, []]);
});

test('every function that takes options is in the table', async () => {
  const listed = new Set(FACTORIES.map(([name]) => name));
  const missing: string[] = [];
  for (const [name, value] of Object.entries(api)) {
    if (typeof value !== 'function' || listed.has(name)) continue;
    const error = await attempt(value as Factory, { unheardOf: 1 });
    if (/unknown option/.test(String(error))) missing.push(name);
  }
  expect(missing).toEqual([]);
});
