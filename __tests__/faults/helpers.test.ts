import { once } from 'node:events';
import { get } from 'node:https';
import { connect } from 'node:net';
import { captureConsole, findSecret, PROVIDER_KEY } from '../support/canary';
import { makeCertificate, makeExpiredCertificate, makeForeignCertificate } from '../support/certificates';
import { expectReleased, surplus, takeBaseline, watchProcess } from '../support/leaks';
import { connectRaw, parseResponses, rawRequest, requestBytes } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

describe('the raw provider and the raw client', () => {
  it('exchange bytes that are not HTTP', async () => {
    await using provider = await startRawProvider(async ({ send, fin }) => {
      await send('nonsense\r\n');
      fin();
    });
    using client = await connectRaw(provider.port);
    client.send(requestBytes());
    expect(await client.closed).toBe('fin');
    expect(client.bytes.toString()).toBe('nonsense\r\n');
    expect(provider.requests).toHaveLength(1);
  });

  it('tell a FIN from an RST', async () => {
    await using provider = await startRawProvider(({ rst }) => rst());
    using client = await connectRaw(provider.port);
    client.send(requestBytes());
    expect(await client.closed).toBe('rst');
  });

  it('read declared, chunked and unfinished responses apart', () => {
    const bytes = Buffer.from(
      'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' +
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n' +
        'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc',
    );
    expect(parseResponses(bytes).map(({ body, complete }) => [body.toString(), complete])).toEqual([
      ['ok', true],
      ['abc', true],
      ['abc', false],
    ]);
  });

  it('keep a chunked body without its last chunk incomplete', () => {
    for (const cut of ['3\r\nab', '3\r\nabc\r\n', '3\r\nabc\r\n0\r\n', '']) {
      const bytes = Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${cut}`);
      expect(parseResponses(bytes, [], true).map(({ complete }) => complete)).toEqual([false]);
    }
  });

  it('respond to several requests on one connection', async () => {
    await using provider = await startRawProvider(({ send, index }) => send(answer(`body ${index}`)));
    using client = await connectRaw(provider.port);
    client.send(requestBytes() + requestBytes());
    const { responses } = await client.result(2);
    expect(responses.map(({ body }) => body.toString())).toEqual(['body 0', 'body 1']);
    expect(provider.connections).toHaveLength(1);
  });

  it('know who ended a connection', async () => {
    await using provider = await startRawProvider(() => undefined);
    const left = await connectRaw(provider.port);
    left.send(requestBytes());
    await provider.requestsReceived(1);
    left.rst();
    await provider.connections[0]!.closed;
    expect(provider.connections[0]!.endedBy).toBe('rst');
  });

  it('speak TLS with certificates that are right, expired or of another host', async () => {
    const cases = [
      { certificate: makeCertificate(), code: undefined },
      { certificate: makeExpiredCertificate(), code: 'CERT_HAS_EXPIRED' },
      { certificate: makeForeignCertificate(), code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    ];
    for (const { certificate, code } of cases) {
      await using provider = await startRawProvider(({ send }) => send(answer('ok')), { tls: certificate });
      const request = get(`${provider.origin}/`, { ca: certificate.cert, agent: false });
      // `once` rejects with the error event where that comes first.
      const failure = await once(request, 'response').then(
        () => undefined,
        (error: NodeJS.ErrnoException) => error.code,
      );
      expect(failure).toBe(code);
      request.destroy();
    }
  });

  it('give the whole of one request and its response', async () => {
    await using provider = await startRawProvider(({ send }) => send(answer('hello', ['X-A: 1', 'x-a: 2'])));
    const { response } = await rawRequest(provider.port);
    expect(response.body.toString()).toBe('hello');
    expect(response.headers.get('x-a')).toEqual(['1', '2']);
  });
});

describe('the leak watch', () => {
  it('sees a socket, a descriptor and a timer that stay', async () => {
    await using provider = await startRawProvider(() => undefined);
    const baseline = await takeBaseline();
    const socket = connect(provider.port, '127.0.0.1');
    await once(socket, 'connect');
    const timer = setTimeout(() => undefined, 60_000);
    socket.on('error', () => undefined);
    expect(surplus(baseline).join()).toMatch(/TCPSocketWrap.*Timeout|Timeout.*TCPSocketWrap/);
    await expect(expectReleased(baseline, 20)).rejects.toThrow('not released');
    clearTimeout(timer);
    socket.destroy();
    await expectReleased(baseline);
  });

  it('sees a process warning', async () => {
    using watch = watchProcess();
    process.emitWarning('a test of the watch');
    await new Promise(setImmediate);
    expect(watch.incidents.join()).toContain('a test of the watch');
    expect(() => watch.expectQuiet()).toThrow('a test of the watch');
  });
});

describe('the canary search', () => {
  it.each([
    ['a text', `Bearer ${PROVIDER_KEY}`],
    ['bytes', Buffer.from(`x${PROVIDER_KEY}`)],
    ['base64', Buffer.from(`user:${PROVIDER_KEY}!`).toString('base64')],
    ['a nested property', { a: { b: [{ c: PROVIDER_KEY }] } }],
    [
      "a cause's property",
      new Error('no', { cause: Object.assign(new Error('x'), { config: { key: PROVIDER_KEY } }) }),
    ],
    ['a hidden property', Object.defineProperty({}, 'key', { value: PROVIDER_KEY })],
  ])('finds a secret in %s', (_what, place) => {
    expect(findSecret(PROVIDER_KEY, { place })).not.toEqual([]);
  });

  it('finds nothing where nothing is', () => {
    expect(findSecret(PROVIDER_KEY, { text: 'sk-canary', error: new Error('x') })).toEqual([]);
  });

  it('hears the console', () => {
    using capture = captureConsole();
    console.error('key', { key: PROVIDER_KEY });
    expect(findSecret(PROVIDER_KEY, { console: capture.lines })).not.toEqual([]);
  });
});
