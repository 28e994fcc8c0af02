import { startGateway } from '../support/gateway';
import { answer, startRawProvider } from '../support/raw-provider';

describe.each(['stream', 'buffer'] as const)('T7: a media type that browsers would run (%s)', (delivery) => {
  it.each([
    ['as the provider sends it', {}],
    ['as the resolution has it', { 'content-type': 'multipart/x-mixed-replace; boundary=y' }],
  ])('is neutral, %s', async (_whose, responseHeaders) => {
    await using provider = await startRawProvider(({ send }) =>
      send(answer('--x\r\nContent-Type: text/html\r\n\r\n<b>', ['Content-Type: Multipart/X-Mixed-Replace;boundary=x'])),
    );
    await using app = await startGateway({
      resolveProvider: () => ({
        provider: { name: 'p', streaming: true, locate: () => ({ url: provider.origin }) },
        delivery,
        responseHeaders,
      }),
    });
    const response = await fetch(`${app.origin}/v1/files/file-1/content`);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(await response.text()).toContain('<b>');
  });
});
