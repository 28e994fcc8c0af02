import { ask, startBuffering } from '../../support/buffering';
import { answer, type RawScript } from '../../support/raw-provider';

const to = (location: string): string => `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;

test('a redirect on the same origin is followed where the contract has redirects, with the credential', async () => {
  const script: RawScript = ({ head, send }) => send(head.startsWith('GET /content') ? to('/other') : answer('hello'));
  await using setup = await startBuffering(script, { provider: { redirects: 'follow' } });
  const record = setup.gateway.nextRecord();
  expect((await ask(setup.gateway.origin)).body.toString()).toBe('hello');
  expect(await record).toMatchObject({ outcome: 'completed', attempts: 2 });
  // Nobody read what came with the redirect.
  await setup.upstream.connections[0]?.closed;
});

test.each([
  ['the contract has none', to('/other'), {}],
  ['they go round', to('/content'), { redirects: 'follow' as const }],
  ['they leave https', to('http://127.0.0.2:9/'), { redirects: 'follow' as const }],
])('redirects are refused where %s', async (_name, bytes, provider) => {
  await using setup = await startBuffering(({ send }) => send(bytes), { provider });
  const record = setup.gateway.nextRecord();
  expect((await ask(setup.gateway.origin)).status).toBe(502);
  expect(await record).toMatchObject({ outcome: 'upstream_invalid', upstreamStatus: 302 });
  expect(setup.upstream.requests.length).toBeLessThanOrEqual(4);
  for (const connection of setup.upstream.connections) await connection.closed;
});
