import { type FakeProvider, fakeProvider } from '../../lib/testing';
import { curl, offerHttp2, startBehind } from '../support/behind-proxy';
import { PROXIES, type ProxyName, startProxy } from '../support/deployment';
import { patternBytes } from '../support/download';
import { describeWith } from '../support/programs';

const BODY = patternBytes(1_000_000);
const SENT = 600_000;

function startProvider(): Promise<FakeProvider> {
  const fault = { kind: 'cut', afterBytes: SENT, by: 'fin' } as const;
  return fakeProvider({
    files: {
      whole: BODY,
      length: { content: BODY, fault },
      chunked: { content: BODY, length: 'chunked', fault },
    },
  });
}

/** The line of the guide that refuses what HAProxy would end cleanly. */
const REFUSE_UNKNOWN_LENGTH = 'http-response return status 502 if { status 200 } !{ res.hdr(content-length) -m found }';

for (const name of Object.keys(PROXIES) as ProxyName[]) {
  describeWith([name, 'curl'], `a download that is cut off behind ${name}`, () => {
    it.each(['length', 'chunked'])('does not look complete over HTTP/1.1 (%s)', async (id) => {
      await using provider = await startProvider();
      await using gateway = await startBehind(provider);
      await using proxy = await startProxy(name, [gateway.port]);
      expect(await curl(proxy, 'whole', '1.1')).toMatchObject({ exitCode: 0, bytes: BODY.length });
      // 18: the transfer was shorter than announced.
      expect(await curl(proxy, id, '1.1')).toEqual({ exitCode: 18, httpVersion: '1.1', status: 200, bytes: SENT });
    });

    it.each(name === 'nginx' ? ['length', 'chunked'] : ['length'])(
      'does not look complete over HTTP/2 (%s)',
      async (id) => {
        await using provider = await startProvider();
        await using gateway = await startBehind(provider);
        await using proxy = await startProxy(name, [gateway.port], offerHttp2(name));
        expect(await curl(proxy, 'whole', '2')).toMatchObject({ exitCode: 0, httpVersion: '2', bytes: BODY.length });
        // 92: the stream was reset.
        expect(await curl(proxy, id, '2')).toEqual({ exitCode: 92, httpVersion: '2', status: 200, bytes: SENT });
      },
    );
  });
}

describeWith(['haproxy', 'curl'], 'a chunked body behind HAProxy over HTTP/2', () => {
  it('is refused by the rule in the guide, and a body with a length is not', async () => {
    await using provider = await startProvider();
    await using gateway = await startBehind(provider);
    await using proxy = await startProxy('haproxy', [gateway.port], (configuration, directory) =>
      offerHttp2('haproxy')(configuration, directory).replace('option redispatch', `$&\n  ${REFUSE_UNKNOWN_LENGTH}`),
    );
    expect(await curl(proxy, 'chunked', '2')).toMatchObject({ httpVersion: '2', status: 502 });
    expect(await curl(proxy, 'whole', '2')).toMatchObject({ exitCode: 0, status: 200, bytes: BODY.length });
  });
});
