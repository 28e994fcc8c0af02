import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { tmpdir } from 'node:os';
import { createFileContent, createFileContentRouter, type FileContentRouterOptions } from '../../lib';
import { parseOptions } from '../../lib/options/parse-options';

const ADAPTER = { finished: () => undefined };

const resolveProvider = (): undefined => undefined;

function parse(options: object): ReturnType<typeof parseOptions> {
  return parseOptions({ resolveProvider, ...options });
}

describe('parseOptions', () => {
  it('has the documented defaults, however "default" is spelt', () => {
    const defaults = {
      adapters: [],
      routes: [{ resource: 'files' }],
      idSyntax: 'strict',
      timeouts: { resolve: 10_000, connect: 10_000, headers: 60_000, idle: 60_000, clientIdle: 120_000, total: 0 },
      limits: { maxConcurrent: Infinity, maxConcurrentPerTenant: Infinity, maxBytes: Infinity },
      buffer: {
        maxBytes: 512 * 1024 ** 2,
        memoryPerTransfer: 1024 ** 2,
        maxDiskBytes: 10 * 1024 ** 3,
        directory: tmpdir(),
        retries: 2,
      },
      allowedOrigins: undefined,
      agents: {},
      errors: 'respond',
      relay: true,
    };
    const spellings: object[] = [
      {},
      { timeouts: {}, limits: {}, buffer: {}, headers: {}, agents: {}, logger: [] },
      { timeouts: undefined, limits: undefined, buffer: undefined, headers: undefined, agents: undefined },
      { timeouts: Object.create(null), limits: Object.create(null) },
      { timeouts: { idle: undefined }, limits: { maxBytes: undefined }, buffer: { directory: undefined } },
      { logger: undefined, resources: undefined, allowedOrigins: undefined, errors: undefined, relay: undefined },
    ];
    for (const spelling of spellings) expect(parse(spelling)).toMatchObject(defaults);
  });

  it('keeps the other defaults of a group of which one member is given', () => {
    expect(parse({ timeouts: { idle: 5 } }).timeouts).toMatchObject({ idle: 5, connect: 10_000 });
    expect(parse({ limits: { maxBytes: 1 } }).limits).toMatchObject({ maxBytes: 1, maxConcurrent: Infinity });
  });

  it.each([
    [{ timeout: 1 }, /unknown option "timeout"\. Did you mean `timeouts`\? See /],
    [{ timeouts: { idel: 1 } }, /unknown option "timeouts\.idel"\. Did you mean `timeouts\.idle`\? See /],
    [{ timeouts: { idle: -1 } }, /"timeouts\.idle" must be a non-negative integer or Infinity, got number -1/],
    [{ timeouts: { idle: 1.5 } }, /"timeouts\.idle"/],
    [{ timeouts: { idle: Number.NaN } }, /"timeouts\.idle"/],
    [{ timeouts: { idle: '5s' } }, /"timeouts\.idle" must be a non-negative integer or Infinity, got "5s"/],
    [{ timeouts: { idle: 2 ** 31 } }, /"timeouts\.idle" must be at most 2147483647 milliseconds; write 0 for no limit/],
    [{ timeouts: null }, /"timeouts" must be left out or have a value, got null/],
    [{ timeouts: [] }, /"timeouts" must be an object, got an array/],
    [{ limits: { maxBytes: '1GB' } }, /"limits\.maxBytes" must be a non-negative integer or Infinity/],
    [{ limits: { maxBytes: null } }, /"limits\.maxBytes".*got null/],
    [{ buffer: { directory: '' } }, /"buffer\.directory" must be a path/],
    [{ buffer: { directory: 7 } }, /"buffer\.directory" must be a path, got number 7/],
    [{ buffer: { retries: -1 } }, /"buffer\.retries"/],
    [{ timeout: 1 }, /Did you mean `timeouts`\? See /],
    [{ allowedOrigin: [] }, /Did you mean `allowedOrigins`\? See /],
    [{ limits: { maxConcurrent: 0 } }, /"limits\.maxConcurrent" must be a positive integer, or Infinity for no limit/],
    [{ limits: { maxConcurrentPerTenant: 0 } }, /"limits\.maxConcurrentPerTenant"/],
    [{ limits: { maxBytes: 0 } }, /"limits\.maxBytes"/],
    [{ limits: { maxConcurrent: 1.5 } }, /"limits\.maxConcurrent"/],
    [{ buffer: { maxBytes: 0 } }, /"buffer\.maxBytes"/],
    [{ buffer: { directory: '/nowhere/at/all' } }, /"buffer\.directory" must be a directory that exists.*ENOENT/],
    [{ buffer: { directory: __filename } }, /"buffer\.directory" must be a directory that exists/],
    [{ allowedOrigins: ['https://*.openai.com'] }, /wildcards are not supported; list each one/],
    [{ allowedOrigins: [] }, /"allowedOrigins" must be an array of at least one origin; leave it out/],
    [{ agents: { https: new Agent() } }, /"agents\.https" must be an https\.Agent, got "an agent for http:"/],
    [{ agents: { http: new SecureAgent() } }, /"agents\.http" must be an http\.Agent, got "an agent for https:"/],
    [
      { logger: { finished() {}, startd() {} } },
      /unknown option "logger\.startd"\. Did you mean `logger\.started`\? See /,
    ],
    [{ logger: [ADAPTER, ADAPTER] }, /"logger" must be an array that has each adapter once/],
    [{ logger: {} }, /"logger" must be a logging adapter with a "finished" function.*winstonLogger/],
    [{ logger: console }, /or an array of them, got the console; write consoleLogger\(\)\. See/],
    [{ logger: {} }, /got an object; write winstonLogger\(logger\) for winston, pinoLogger\(logger\) for pino, cons/],
    [{ logger: [{ finished: 1 }] }, /"logger"/],
    [{ logger: () => undefined }, /"logger".*got a function/],
    [{ resources: [] }, /"resources" must be a non-empty array of files, containers, videos, skills/],
    [{ resources: ['images'] }, /"resources".*images/],
    [{ resources: 'files' }, /"resources".*got "files"/],
    [{ resources: ['file'] }, /"resources" must be .* or of routes \{ resource, path \}, got "file"/],
    [{ resources: [{ path: 'a/{fileId}' }] }, /"resources\[0\]\.resource" must be a name of lower-case letters/],
    [{ resources: [{ resource: 'Agents', path: 'a/{fileId}' }] }, /"resources\[0\]\.resource" must be a name/],
    [{ resources: [{ resource: 'video', path: 'a/{fileId}' }] }, /did you mean `videos`\?, got "video"/],
    [
      { resources: ['files', { resource: 'a', pth: 'a/{fileId}' }] },
      /"resources\[1\]\.pth".*Did you mean `resources\[1\]\.path`/,
    ],
    [{ resources: [{ resource: 'a' }] }, /"resources\[0\]\.path" must be a path such as .*, got undefined/],
    [{ resources: [{ resource: 'a', path: [] }] }, /"resources\[0\]\.path" must be a path such as .*, got an array/],
    [{ resources: [{ resource: 'a', path: 'a/{id}' }] }, /"resources\[0\]\.path" must have the parameter \{fileId\}/],
    [{ resources: [{ resource: 'a', path: 'a/{fileId}', fileIdParam: 'id' }] }, /must have the parameter \{id\}/],
    [{ resources: [{ resource: 'a', path: '/a/{fileId}' }] }, /has the segment ""; write text, \{name\}/],
    [{ resources: [{ resource: 'a', path: 'a/{fileId}/' }] }, /has the segment ""/],
    [{ resources: [{ resource: 'a', path: 'a/../{fileId}' }] }, /has the segment "\.\."/],
    [{ resources: [{ resource: 'a', path: 'a/:fileId' }] }, /must have the parameter \{fileId\}/],
    [{ resources: [{ resource: 'a', path: '{fileId}/{fileId}' }] }, /has the parameter \{fileId\} twice/],
    [{ resources: [{ resource: 'a', path: '{fileId}{b}' }] }, /has the segment "\{fileId\}\{b\}"/],
    [{ idSyntax: 'wide' }, /"idSyntax" must be 'strict' or 'path', got "wide"/],
    [{ headers: { request: 'x-a' } }, /"headers\.request" must be an array of header names, got "x-a"/],
    [{ headers: { request: ['x a'] } }, /"headers\.request" must not list "x a": it is not the name of a header/],
    [{ headers: { response: [1] } }, /"headers\.response"/],
    [
      { headers: { request: ['Authorization'] } },
      /"headers\.request" must not list "Authorization": it carries a credential/,
    ],
    ...['X-Amz-Security-Token', 'x-auth-token', 'x-goog-iam-authorization-token', 'x-ms-copy-source-authorization'].map(
      (name): [object, RegExp] => [{ headers: { request: [name] } }, /it carries a credential/],
    ),
    [{ headers: { response: ['Keep-Alive'] } }, /"headers\.response" must not list "Keep-Alive"/],
    [{ headers: { requests: [] } }, /unknown option "headers\.requests"/],
    [{ allowedOrigins: 'https://a.test' }, /"allowedOrigins" must be an array of origins, got/],
    [{ allowedOrigins: ['https://a.test/path'] }, /"allowedOrigins" must be an array of origins such as/],
    [{ allowedOrigins: ['a.test'] }, /"allowedOrigins"/],
    [{ allowedOrigins: ['https://user:pass@a.test'] }, /"allowedOrigins"/],
    [{ allowedOrigins: ['ftp://a.test'] }, /"allowedOrigins"/],
    [{ allowedOrigins: [null] }, /"allowedOrigins"/],
    [{ agents: { http: {} } }, /"agents\.http" must be an http\.Agent, got an object/],
    [{ agents: { https: 'x' } }, /"agents\.https" must be an https\.Agent/],
    [{ agents: { ftp: new Agent() } }, /unknown option "agents\.ftp"/],
    [{ errors: 'throw' }, /"errors" must be 'respond' or 'next', got "throw"/],
    [{ relay: 'yes' }, /"relay" must be true or false, got "yes"/],
    [
      { resolveProvider: { name: 'openai' } },
      /"resolveProvider" must be a function that returns a provider, got an obj/,
    ],
  ])('refuses %j', (options, message) => {
    expect(() => parse(options)).toThrow(TypeError);
    expect(() => parse(options)).toThrow(message);
  });

  it.each([[undefined], [null], [[]], ['files'], [7]])('refuses %p instead of options', (options) => {
    // @ts-expect-error: the compiler refuses it, too
    expect(() => createFileContentRouter(options)).toThrow(/^createFileContentRouter: "options" must be an object/);
  });

  it('names the factory that was called', () => {
    const wrong = { timeouts: 5 };
    // @ts-expect-error: the compiler refuses it, too
    expect(() => createFileContent(wrong)).toThrow(/^createFileContent: "timeouts" must be an object/);
    // @ts-expect-error: the compiler refuses it, too
    expect(() => createFileContentRouter(wrong)).toThrow(/^createFileContentRouter: "timeouts" must be an object/);
    // @ts-expect-error: the compiler refuses it, too
    expect(() => createFileContentRouter({})).toThrow(/^createFileContentRouter: "resolveProvider" must be a function/);
  });

  it('shows no value that may be a secret', () => {
    expect(() => parse({ agents: { http: { auth: 'sk-secret' } } })).toThrow(/got an object\. See /);
  });

  it('takes what it knows', () => {
    const agent = new Agent();
    const adapter = { finished: () => undefined };
    const settings = parse({
      logger: adapter,
      resources: ['files', 'videos', 'files'],
      headers: { request: ['X-Trace', 'Range'], response: ['X-Served-By'] },
      allowedOrigins: ['https://API.openai.com:443', 'http://127.0.0.1:8080'],
      agents: { http: agent },
      errors: 'next',
      relay: false,
      limits: { maxConcurrent: 1 },
      timeouts: { idle: Infinity, total: Infinity },
    } satisfies Partial<FileContentRouterOptions>);
    expect(settings.adapters).toEqual([adapter]);
    expect(settings.routes.map(({ resource }) => resource)).toEqual(['files', 'videos']);
    expect(settings.requestHeaders.filter((name) => name === 'range')).toHaveLength(1);
    expect(settings.requestHeaders).toContain('x-trace');
    expect(settings.responseHeaders).toContain('x-served-by');
    expect([...(settings.allowedOrigins ?? [])]).toEqual(['https://api.openai.com', 'http://127.0.0.1:8080']);
    expect(settings.agents.http).toBe(agent);
    expect(settings).toMatchObject({
      errors: 'next',
      relay: false,
      limits: { maxConcurrent: 1 },
      timeouts: { idle: 0, total: 0 },
    });
  });

  it('gives frozen settings', () => {
    const settings = parse({});
    for (const group of [settings, settings.timeouts, settings.limits, settings.buffer, settings.routes]) {
      expect(Object.isFrozen(group)).toBe(true);
    }
  });
});
