import { get } from 'node:http';
import { Counter, Registry } from 'prom-client';
import { openaiCompatible } from '../../../lib/index';
import { prometheusMetrics } from '../../../lib/integrations/prometheus';
import { fakeProvider } from '../../../lib/testing/index';
import { startGateway } from '../../support/gateway';
import { memoryStore } from '../../support/limit-stores';

/** The samples of Prometheus' text format, by name and labels. */
async function samples(register: Registry): Promise<Map<string, number>> {
  const lines = (await register.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

const CONTENT = Buffer.alloc(300_000, 'content ');

async function begin(options: Parameters<typeof prometheusMetrics>[0] = {}) {
  const register = new Registry();
  const provider = await fakeProvider({
    files: {
      'file-1': CONTENT,
      'file-cut': { content: CONTENT, fault: { kind: 'cut', afterBytes: 100_000, by: 'fin' } },
      'file-stall': { content: CONTENT, fault: { kind: 'stall', afterBytes: 100_000 } },
    },
  });
  const gateway = await startGateway({
    upstream: provider.origin,
    logger: prometheusMetrics({ register, ...options }),
    resume: { mode: 'off' },
  });
  return {
    register,
    gateway,
    url: (id: string) => `${gateway.origin}/v1/files/${id}/content`,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await provider.close();
    },
  };
}

/** Downloads as far as it goes. */
async function download(url: string): Promise<void> {
  await fetch(url)
    .then((response) => response.arrayBuffer())
    .catch(() => undefined);
}

describe('prometheusMetrics', () => {
  it('counts a whole download with its status, path and bytes', async () => {
    await using place = await begin();
    await download(place.url('file-1'));
    await place.gateway.recorded(1);
    const found = await samples(place.register);
    const labels = 'provider="raw",resource="files",via="relay",outcome="completed",status="200"';
    expect(found.get(`file_content_transfers_total{${labels}}`)).toBe(1);
    expect(found.get('file_content_bytes_sent_total{provider="raw",via="relay"}')).toBe(CONTENT.length);
    expect(found.get('file_content_transfers_in_flight{provider="raw"}')).toBe(0);
    expect(found.get('file_content_upstream_requests_total{provider="raw"}')).toBe(1);
    expect(found.get('file_content_retries_total{provider="raw"}')).toBe(0);
    expect(found.get('file_content_transfer_duration_seconds_count{provider="raw",outcome="completed"}')).toBe(1);
    expect(found.get('file_content_first_byte_seconds_count{provider="raw"}')).toBe(1);
  });

  it('does not count a download that was cut off as a 200', async () => {
    await using place = await begin();
    await download(place.url('file-cut'));
    const [record] = await place.gateway.recorded(1);
    expect(record).toMatchObject({ status: 200, outcome: 'upstream_truncated' });
    const names = [...(await samples(place.register)).keys()].filter((name) => name.includes('transfers_total'));
    expect(names).toEqual([
      `file_content_transfers_total{provider="raw",resource="files",via="relay",` +
        `outcome="upstream_truncated",status="incomplete"}`,
    ]);
  });

  it('says the same as the records for a refusal, a rejection and a client that leaves', async () => {
    await using place = await begin();
    await download(place.url('file-none'));
    await download(place.url('%20'));
    const leaving = get(place.url('file-stall'), (response) => response.once('data', () => leaving.destroy()));
    leaving.on('error', () => undefined);
    const records = await place.gateway.recorded(3);
    const found = await samples(place.register);
    for (const { provider = 'none', via = 'none', outcome, status, bytesSent } of records) {
      const shown = outcome === 'client_aborted' ? 'incomplete' : status;
      const labels = `provider="${provider}",resource="files",via="${via}",outcome="${outcome}",status="${shown}"`;
      expect([labels, found.get(`file_content_transfers_total{${labels}}`)]).toEqual([labels, 1]);
      expect(found.get(`file_content_bytes_sent_total{provider="${provider}",via="${via}"}`)).toBe(bytesSent);
    }
    expect(records.map(({ outcome }) => outcome).sort()).toEqual(['client_aborted', 'rejected', 'upstream_error']);
    expect(found.get('file_content_transfers_in_flight{provider="raw"}')).toBe(0);
  });

  it('counts transfers whose limits could not be checked', async () => {
    const printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const register = new Registry();
    let isAway = false;
    const store = memoryStore({ acquire: () => (isAway ? Promise.reject(new Error('away')) : true) });
    await using provider = await fakeProvider({ files: { 'file-1': 'content' } });
    await using gateway = await startGateway({
      upstream: provider.origin,
      logger: prometheusMetrics({ register }),
      limits: { maxConcurrent: 5, store },
    });
    await download(`${gateway.origin}/v1/files/file-1/content`);
    isAway = true;
    await download(`${gateway.origin}/v1/files/file-1/content`);
    await gateway.recorded(2);
    expect((await samples(register)).get('file_content_limits_unchecked_total{provider="raw"}')).toBe(1);
    printed.mockRestore();
  });

  it('shows a transfer in flight until it ends', async () => {
    await using place = await begin();
    const request = get(place.url('file-stall'));
    request.on('error', () => undefined);
    await place.gateway.log.started(1);
    expect((await samples(place.register)).get('file_content_transfers_in_flight{provider="raw"}')).toBe(1);
    request.destroy();
    await place.gateway.recorded(1);
    expect((await samples(place.register)).get('file_content_transfers_in_flight{provider="raw"}')).toBe(0);
  });

  it('counts the rows and tokens of batch outputs whose usage is asked for', async () => {
    const register = new Registry();
    const row = (id: string, usage: object) =>
      JSON.stringify({
        id,
        custom_id: id,
        response: { status_code: 200, request_id: id, body: { model: 'gpt-4o', choices: [], usage } },
        error: null,
      });
    const rows = [
      row('a', { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }),
      row('b', { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }),
      '{"id":"c","custom_id":"c","response":null,"error":{"code":"expired","message":"late"}}',
    ];
    await using provider = await fakeProvider({ files: { 'file-rows': `${rows.join('\n')}\n` } });
    await using gateway = await startGateway({
      resolveProvider: () => ({
        provider: openaiCompatible({ name: 'raw', baseURL: provider.baseURL }),
        usage: true,
      }),
      logger: prometheusMetrics({ register }),
    });
    await download(`${gateway.origin}/v1/files/file-rows/content`);
    await gateway.recorded(1);
    const found = await samples(register);
    expect(found.get('file_content_batch_rows_total{provider="raw",result="succeeded"}')).toBe(2);
    expect(found.get('file_content_batch_rows_total{provider="raw",result="failed"}')).toBe(1);
    expect(found.get('file_content_batch_tokens_total{provider="raw",model="gpt-4o",type="input"}')).toBe(11);
    expect(found.get('file_content_batch_tokens_total{provider="raw",model="gpt-4o",type="output"}')).toBe(7);
  });

  it('has file ids and tenants only where they are asked for', async () => {
    await using place = await begin();
    await download(place.url('file-1'));
    await place.gateway.recorded(1);
    expect(await place.register.metrics()).not.toContain('file-1');
    await using asking = await begin({ labels: ['fileId', 'tenant'], prefix: 'gateway_' });
    await download(asking.url('file-1'));
    await asking.gateway.recorded(1);
    expect(await asking.register.metrics()).toContain('gateway_bytes_sent_total{file_id="file-1",tenant="",provider=');
  });

  it('shares its metrics among routers with one registry', () => {
    const register = new Registry();
    prometheusMetrics({ register });
    expect(() => prometheusMetrics({ register })).not.toThrow();
    expect(() => prometheusMetrics({ register, labels: ['tenant'] })).toThrow(
      /the registry has another metric file_content_transfers_total; write another "prefix" or the same "labels"/,
    );
  });

  it('refuses a metric of the application with its name', () => {
    const register = new Registry();
    new Counter({ name: 'file_content_resumes_total', help: 'mine', registers: [register] });
    expect(() => prometheusMetrics({ register })).toThrow(/another metric file_content_resumes_total/);
  });

  it.each([
    [{ prefx: 'a_' }, /unknown option "prefx". Did you mean `prefix`\?/],
    [{ prefix: 'a-b' }, /"prefix" must be letters, digits, underscores and colons, got "a-b"/],
    [{ labels: ['file_id'] }, /"labels" must be 'fileId' or 'tenant', got a string. Did you mean 'fileId'/],
    [{ labels: 'tenant' }, /"labels" must be an array, got/],
    [{ register: {} }, /"register" must be a Registry of prom-client, got/],
  ])('refuses %j', (options, message) => {
    expect(() => prometheusMetrics(options as never)).toThrow(message);
  });
});
