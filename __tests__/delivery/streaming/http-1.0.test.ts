import { openaiCompatible } from '../../../lib';
import { startContentProvider } from '../../support/content-provider';
import { patternBytes } from '../../support/download';
import { EXPRESS_MAJORS, startGateway } from '../../support/gateway';
import { connectRaw, requestBytes } from '../../support/raw-client';

describe.each(EXPRESS_MAJORS)('an HTTP/1.0 client (Express %i)', (express) => {
  const content = patternBytes(200_000);

  it.each([
    ['a declared length', true],
    ['chunks', false],
  ])('gets content that came with %s, without chunks, and an end that is clean', async (_framing, isDeclared) => {
    await using provider = await startContentProvider();
    provider.respond = (_request, response) => {
      response.writeHead(200, isDeclared ? { 'content-length': content.length } : {});
      response.end(content);
    };
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({ express, resolveProvider: () => held });
    using client = await connectRaw(app.port);
    client.send(requestBytes({ version: '1.0', connection: 'close' }));
    expect(await client.closed).toBe('fin');
    const [response] = client.responses();
    expect(response?.framing).toBe(isDeclared ? 'length' : 'close');
    expect(response?.body.equals(content)).toBe(true);
    expect(await app.recorded(1)).toMatchObject([{ outcome: 'completed', complete: 'yes' }]);
  });

  it('gets errors in OpenAI’s shape', async () => {
    await using app = await startGateway({ express, resolveProvider: () => undefined });
    using client = await connectRaw(app.port);
    client.send(requestBytes({ version: '1.0', path: '/v1/files/%00/content' }));
    const { response } = await client.result();
    expect(response.status).toBe(400);
    expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code: 'invalid_file_id' } });
  });
});
