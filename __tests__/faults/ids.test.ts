import { startGateway } from '../support/gateway';
import { connectRaw, requestBytes } from '../support/raw-client';
import { startRawProvider } from '../support/raw-provider';

const HOSTILE: readonly (readonly [string, string])[] = [
  ['a dot', '.'],
  ['two dots', '..'],
  ['encoded dots', '%2e%2e'],
  ['half encoded dots', '.%2E'],
  ['dots encoded twice', '%252e%252e'],
  ['an encoded slash', 'file-1%2f..%2fsecret'],
  ['an encoded slash, twice', 'file-1%252f..'],
  ['an encoded backslash', 'file-1%5c..%5csecret'],
  ['a backslash', 'file-1\\..'],
  ['NUL', 'file-1%00'],
  ['CR LF', 'file-1%0d%0aX-Injected:%201'],
  ['an encoded question mark', 'file-1%3fadmin=1'],
  ['a hash', 'file-1%23x'],
  ['an at sign', 'user@evil.test'],
  ['a semicolon', 'file-1;x=1'],
  ['overlong UTF-8', '%c0%ae%c0%ae'],
  ['a percent sign without digits', 'file-%zz'],
  ['half an escape', 'file-1%'],
  ['20 kB less a little', 'x'.repeat(12_000)],
  ['nothing', ''],
  ['__proto__', '__proto__'],
  ['an absolute URL', 'http:%2f%2fevil.test'],
  ['a full-width dot', '%ef%bc%8e%ef%bc%8e'],
  ['a newline only', '%0a'],
  ['a space', 'file%201'],
  ['an option', '-rf'],
];

describe.each([4, 5] as const)('row 48: a hostile id (Express %i)', (express) => {
  it.each(HOSTILE)('%s is refused without a connection', async (_name, id) => {
    await using provider = await startRawProvider(() => undefined);
    await using gateway = await startGateway({ upstream: provider.origin, express });
    for (const connection of ['keep-alive', 'close'] as const) {
      for (const method of ['GET', 'HEAD']) {
        using client = await connectRaw(gateway.port);
        client.send(requestBytes({ method, path: `/v1/files/${id}/content`, connection }));
        const { response } = await client.result(1, [method]);
        expect(response.status).toBe(400);
        if (method === 'GET') {
          expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code: 'invalid_file_id' } });
        }
      }
    }
    expect(await gateway.recorded(4)).toMatchObject(
      Array.from({ length: 4 }, () => ({ outcome: 'rejected', status: 400 })),
    );
    expect(gateway.records).toHaveLength(4);
    expect(provider.connections).toHaveLength(0);
  });
});

it('row 48: more than Node takes as a request line never reaches a provider', async () => {
  await using provider = await startRawProvider(() => undefined);
  await using gateway = await startGateway({ upstream: provider.origin });
  using client = await connectRaw(gateway.port);
  client.send(requestBytes({ path: `/v1/files/${'x'.repeat(20_000)}/content` }));
  const { response } = await client.result(1);
  expect(response.status).toBe(431);
  expect(provider.connections).toHaveLength(0);
});

it('dots in the path that a URL parser would resolve do not lead elsewhere', async () => {
  await using provider = await startRawProvider(() => undefined);
  await using gateway = await startGateway({ upstream: provider.origin });
  for (const path of [
    '/v1/files/../admin/content',
    '/v1/files/x/../content',
    '/v1//files/x/content',
    'http://evil.test/v1/files/../content',
  ]) {
    using client = await connectRaw(gateway.port);
    client.send(requestBytes({ path }));
    const { response } = await client.result(1);
    expect([400, 404]).toContain(response.status);
  }
  expect(provider.connections).toHaveLength(0);
});
