import { checkResolution } from '../../lib/resolution/check-resolution';
import { DELIVERIES, runDelivery } from '../support/deliveries';
import { answer, type RawScript } from '../support/raw-provider';

const script: RawScript = ({ head, send }) =>
  send(head.includes('missing') ? answer('{}', [], '400 Bad Request') : answer('content'));

const NAMES = [
  ['addHeaders', 'responseHeaders'],
  ['translateRefusal', 'redactedError'],
] as const;

describe.each(DELIVERIES)('in %s delivery', (delivery) => {
  it.each(['addHeaders', 'responseHeaders'])('%s adds headers to a successful response', async (member) => {
    await using running = await runDelivery(delivery, script, {
      provider: { [member]: () => ({ 'X-Form': 'raw' }) },
    });
    const { response } = await running.get();
    expect([response.status, response.headers.get('x-form')]).toEqual([200, ['raw']]);
  });

  it.each(['translateRefusal', 'redactedError'])('%s words a refusal', async (member) => {
    await using running = await runDelivery(delivery, script, {
      provider: { [member]: () => ({ message: 'Too large.', code: 'e1' }) },
      resolution: { fileId: 'missing' },
    });
    const { response } = await running.get();
    expect(response.status).toBe(400);
    expect(JSON.parse(response.body.toString())).toMatchObject({ error: { message: 'Too large.', code: 'e1' } });
  });

  it.each(NAMES)('a provider with both %s and %s is the gateway’s mistake', async (current, former) => {
    const provider = { [current]: () => ({}), [former]: () => ({}) };
    await using running = await runDelivery(delivery, script, { provider });
    const { response } = await running.get();
    expect([response.status, running.provider.connections.length]).toEqual([500, 0]);
    const [record] = await running.app.recorded(1);
    expect(record?.error?.cause).toMatchObject({
      name: 'TypeError',
      message:
        `resolveProvider: provider held has "${current}" and "${former}", its former name; keep "${current}" alone. ` +
        'See express-file-content/docs/errors.md#invalid-result',
    });
  });
});

it.each(NAMES)('a %s that is undefined leaves %s as it is', (current, former) => {
  const located = { name: 'held', streaming: true, locate: () => ({ url: 'https://a.test/' }) };
  const checked = checkResolution({ ...located, [current]: undefined, [former]: () => ({}) }, 'file-1')?.provider;
  expect(Object.keys(checked ?? {})).toContain(current);
  expect(Object.keys(checked ?? {})).not.toContain(former);
});
