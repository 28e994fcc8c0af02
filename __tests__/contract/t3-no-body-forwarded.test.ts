import express5 from 'express';
import { openaiCompatible } from '../../lib/index';
import { EXPRESS_MAJORS, startGateway } from '../support/gateway';
import { connectRaw, requestBytes } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

const SMUGGLED = 'GET /v1/admin/keys HTTP/1.1\r\nHost: provider\r\n\r\n';

const BODIES: readonly [string, readonly string[], string][] = [
  ['a declared length', [`Content-Length: ${SMUGGLED.length}`], SMUGGLED],
  ['chunks', ['Transfer-Encoding: chunked'], `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`],
  ['a body that never ends', ['Content-Length: 1000000'], SMUGGLED],
  ['chunks that never end', ['Transfer-Encoding: chunked'], '5\r\nhello\r\n'],
  ['Expect: 100-continue', ['Content-Length: 5', 'Expect: 100-continue'], 'hello'],
];

describe.each(EXPRESS_MAJORS)('T3: a client’s body is never forwarded (Express %i)', (express) => {
  describe.each(['GET', 'HEAD', 'POST'] as const)('%s', (method) => {
    it.each(BODIES)('with %s', async (_what, headers, body) => {
      await using provider = await startRawProvider(({ send }) => send(answer('hello')));
      const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
      await using app = await startGateway({ express, resolveProvider: () => held });
      using client = await connectRaw(app.port);
      client.send(requestBytes({ method, headers }) + body);
      await client.closed;
      const [response, ...more] = client.responses([method]);
      expect(more).toEqual([]);
      expect(response?.status).toBe(method === 'POST' ? 405 : 400);
      expect(response?.headers.get('connection')).toEqual(['close']);
      expect(provider.connections).toHaveLength(0);
      expect(await app.recorded(1)).toMatchObject([{ outcome: 'rejected' }]);
    });
  });

  it('an empty body is accepted as no body', async () => {
    await using provider = await startRawProvider(({ send }) => send(answer('hello')));
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({ express, resolveProvider: () => held });
    using client = await connectRaw(app.port);
    client.send(requestBytes({ headers: ['Content-Length: 0'] }));
    const { response } = await client.result();
    expect(response.status).toBe(200);
    expect(provider.requests[0]).not.toMatch(/content-length|transfer-encoding/i);
    expect(provider.connections[0]?.leftover).toHaveLength(0);
  });

  it('nor when a body parser has read it', async () => {
    await using provider = await startRawProvider(({ send }) => send(answer('hello')));
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({ express, resolveProvider: () => held, before: [express5.json()] });
    using client = await connectRaw(app.port);
    client.send(`${requestBytes({ headers: ['Content-Type: application/json', 'Content-Length: 2'] })}{}`);
    await client.closed;
    expect(client.responses()[0]?.status).toBe(400);
    expect(provider.connections).toHaveLength(0);
  });
});
