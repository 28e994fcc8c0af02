import { createReadStream } from 'node:fs';
import OpenAI from 'openai';
import { fileNotFound } from '../../lib/errors';
import { type ProviderResolver, registryResolver } from '../../lib/index';
import { startGateway } from '../support/gateway';

const located = { name: 'held', streaming: true, locate: () => ({ url: 'https://a.test/' }) };

/** The message in the record about what a resolver returned. */
async function problemOf(resolveProvider: (...args: Parameters<ProviderResolver>) => unknown): Promise<string> {
  await using gateway = await startGateway({ resolveProvider: resolveProvider as ProviderResolver });
  const response = await fetch(`${gateway.origin}/v1/files/file-1/content`);
  expect([response.status, await response.json()]).toMatchObject([500, { error: { code: 'resolver_failed' } }]);
  const [record] = await gateway.recorded(1);
  return record?.error?.cause?.message ?? '';
}

const expected = 'resolveProvider must return a provider, a resolution or undefined, got';

test.each<[string, (...args: Parameters<ProviderResolver>) => unknown, string]>([
  ['a Response', () => new Response('x'), 'a Response; content comes from a provider; write streamProvider({ name, o'],
  [
    'bytes',
    () => Buffer.from('x'),
    'bytes; content comes from a provider; write bufferedProvider({ name, fetchContent',
  ],
  ['a stream', () => createReadStream(__filename), 'a stream; content comes from a provider; write streamProvider({'],
  [
    '{ body }',
    () => ({ body: 'x' }),
    'an object with body; that is the result of fetchContent; write bufferedProvider(',
  ],
  ['{ url }', () => ({ url: 'https://a.test' }), 'an object with url; that is the result of locate; return a provider'],
  ['a URL', () => new URL('https://a.test'), 'a URL; an address belongs to a provider; write httpProvider({ ... })'],
  ['a text', () => 'openai', '"openai"; return the provider itself.'],
  ['a list', () => [located], 'an array; return one provider.'],
  ['false', () => false, 'boolean false; to refuse, throw fileNotFound(); return undefined to let other routes have'],
  ['an error', () => new Error('no'), 'an error; throw it.'],
  ["the package's error", () => fileNotFound(), 'an error; throw it.'],
  ['the request', (req) => req, 'an HTTP request; return a provider for it.'],
  ['the response', (req) => Reflect.get(req, 'res'), 'an HTTP response; the router responds itself; to refuse, throw'],
  ['a function', () => () => located, 'a function; return what it returns.'],
  ['a resolver', () => registryResolver({ providers: { held: located } }), 'a function; return what it returns.'],
  [
    "an SDK's client",
    () => new OpenAI({ apiKey: 'k' }),
    'an instance of OpenAI; these are options; return a provider,',
  ],
  ['options', () => ({ apiKey: 'sk-secret' }), 'an object with apiKey; these are options; return a provider, such as'],
  ['something else', () => ({ a: 1 }), 'an object with a.'],
])('%s is described, with what to return', async (_what, resolveProvider, got) => {
  const problem = await problemOf(resolveProvider);
  expect(problem).toContain(`${expected} ${got}`);
  expect(problem).not.toContain('secret');
});

test.each<[string, unknown, string]>([
  ['a text', 'openai', 'got "openai"; return the provider itself.'],
  ['nothing, as from a map', undefined, 'got undefined; throw fileNotFound() if there is none.'],
  ["an SDK's client", new OpenAI({ apiKey: 'k' }), 'got an instance of OpenAI'],
  ['an empty object', {}, 'got an object with no members.'],
  ['a Response', new Response(), 'got a Response; content comes from a provider'],
  ['a promise', Promise.resolve(located), 'got a Promise; await it first.'],
])('%s as the provider of a resolution is described', async (_what, provider, got) => {
  expect(await problemOf(() => ({ provider }))).toContain(
    `resolveProvider: "provider" must be a provider object, ${got}`,
  );
});
