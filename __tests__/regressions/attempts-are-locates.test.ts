import { DELIVERIES, runDelivery } from '../support/deliveries';
import { answer } from '../support/raw-provider';

describe.each(DELIVERIES)('LocateRequest.attempt (%s)', (delivery) => {
  it('counts the calls of locate, and no redirect', async () => {
    const attempts: number[] = [];
    await using running = await runDelivery(
      delivery,
      ({ head, send }) =>
        head.includes(' /there ')
          ? send(answer('content'))
          : send('HTTP/1.1 302 There\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n'),
      {
        provider: {
          redirects: 'follow',
          locate({ attempt }: { attempt: number }) {
            attempts.push(attempt);
            return { url: `${running.provider.origin}/here` };
          },
        },
      },
    );
    expect((await running.get()).response.body.toString()).toBe('content');
    expect(attempts).toEqual([1]);
    const [record] = await running.app.recorded(1);
    expect(record?.attempts).toBe(2);
  });
});

it('a retry is the second attempt, however many redirects the first one had', async () => {
  const attempts: number[] = [];
  await using running = await runDelivery(
    'buffer',
    ({ head, index, send }) => {
      if (!head.includes(' /there ')) {
        return send('HTTP/1.1 302 There\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n');
      }
      return send(index < 2 ? answer('', [], '503 Busy') : answer('content'));
    },
    {
      buffer: { retries: 1 },
      provider: {
        redirects: 'follow',
        locate({ attempt }: { attempt: number }) {
          attempts.push(attempt);
          return { url: `${running.provider.origin}/here` };
        },
      },
    },
  );
  expect((await running.get()).response.body.toString()).toBe('content');
  expect(attempts).toEqual([1, 2]);
  expect(await running.app.recorded(1)).toMatchObject([{ attempts: 4 }]);
});
