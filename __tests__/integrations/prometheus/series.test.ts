import { Registry } from 'prom-client';
import type { TransferRecord } from '../../../lib/index';
import { prometheusMetrics } from '../../../lib/integrations/prometheus';
import { record, START } from '../../support/records';

/** The values of a label, with the number of series that have each. */
async function valuesOf(register: Registry, label: string): Promise<Map<string, number>> {
  const found = (await register.metrics()).matchAll(new RegExp(`[{,]${label}="((?:[^"\\\\]|\\\\.)*)"`, 'g'));
  const counts = new Map<string, number>();
  for (const [, value = ''] of found) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function metering() {
  const register = new Registry();
  const { started, finished } = prometheusMetrics({ register });
  return {
    register,
    transfer(more: Partial<TransferRecord>): void {
      const { provider = START.provider } = more;
      started?.({ ...START, ...more, provider });
      finished(record('completed', { ...more, provider }));
    },
  };
}

function usageOf(models: readonly string[]): NonNullable<TransferRecord['usage']> {
  const tokens = { inputTokens: 2, outputTokens: 1, totalTokens: 3 };
  const byModel = Object.fromEntries(models.map((model) => [model, { ...tokens, rows: 1 }]));
  return { rows: models.length, failed: 0, withoutUsage: 0, total: tokens, byModel };
}

describe('the number of time series', () => {
  it('does not grow with names of providers that are made up for each request', async () => {
    const { register, transfer } = metering();
    for (let index = 0; index < 500; index += 1) transfer({ provider: `provider-${index}`, transferId: `${index}` });
    const providers = await valuesOf(register, 'provider');
    expect(providers.size).toBe(201);
    expect(providers.get('provider-199')).toBeGreaterThan(0);
    const text = await register.metrics();
    // What is counted as `other` begins and ends under the same name.
    expect(text).toContain('file_content_transfers_in_flight{provider="other"} 0\n');
    expect(text).toContain('file_content_upstream_requests_total{provider="other"} 300\n');
  });

  it('does not grow with names of resources', async () => {
    const { register, transfer } = metering();
    for (let index = 0; index < 100; index += 1) transfer({ resource: `resource-${index}`, transferId: `${index}` });
    expect((await valuesOf(register, 'resource')).size).toBe(51);
  });

  it('does not grow with the models that files name, one after the other', async () => {
    const { register, transfer } = metering();
    transfer({ provider: 'honest', usage: usageOf(['gpt-4o']) });
    for (let file = 0; file < 10; file += 1) {
      const models = Array.from({ length: 100 }, (_, index) => `model-${file}-${index}`);
      transfer({ provider: 'hostile', usage: usageOf(models), transferId: `${file}` });
    }
    transfer({ provider: 'honest', usage: usageOf(['gpt-4o-mini']) });
    const models = await valuesOf(register, 'model');
    expect(models.size).toBe(203);
    // The models of one provider do not use up those of another.
    expect(models.get('gpt-4o-mini')).toBe(2);
    const sum = 'file_content_batch_tokens_total{provider="hostile",model="other",type="input"}';
    expect(await register.metrics()).toContain(`${sum} ${800 * 2}\n`);
  });

  it('has no value that is longer than a name', async () => {
    const { register, transfer } = metering();
    transfer({ provider: 'p'.repeat(10_000), resource: 'r'.repeat(10_000), usage: usageOf(['m'.repeat(10_000)]) });
    expect((await register.metrics()).length).toBeLessThan(10_000);
    expect([...(await valuesOf(register, 'provider')).keys()]).toEqual(['other']);
  });

  it('stays readable with names of any characters', async () => {
    const { register, transfer } = metering();
    transfer({ provider: 'a"b\\c\nd' });
    expect(await register.metrics()).toContain('file_content_transfers_in_flight{provider="a\\"b\\\\c\\nd"} 0\n');
  });
});

it('what an alert counts the increase of begins at 0, so that the first one counts', async () => {
  const { register, transfer } = metering();
  transfer({});
  expect(await register.metrics()).toContain('file_content_limits_unchecked_total{provider="openai"} 0\n');
  transfer({ limitsUnchecked: true });
  expect(await register.metrics()).toContain('file_content_limits_unchecked_total{provider="openai"} 1\n');
});
