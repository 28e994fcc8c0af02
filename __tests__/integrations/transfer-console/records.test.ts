import { createFileContent } from '../../../lib/index';
import { transferConsole } from '../../../lib/integrations/console';
import { History } from '../../../lib/integrations/transfer-console/history';
import type { Outcome, TransferRecord } from '../../../lib/transfer/record';

function record(outcome: Outcome, given: Partial<TransferRecord> = {}): TransferRecord {
  return {
    transferId: 'transfer',
    resource: 'files',
    method: 'GET',
    fileId: 'file-1',
    provider: 'fake',
    outcome,
    status: 200,
    bytesSent: 1,
    complete: 'no',
    startedAt: new Date(0),
    durationMs: 1,
    attempts: 1,
    resumes: 0,
    ...given,
  };
}

describe('what the console keeps', () => {
  it('is bounded, however many transfers and providers there are', () => {
    const history = new History(50);
    for (let count = 0; count < 10_000; count += 1) {
      history.add(record('upstream_truncated', { provider: `provider-${count}`, fileId: 'x'.repeat(5_000) }));
    }
    expect(history.failures).toHaveLength(50);
    expect(history.finished).toHaveLength(10);
    expect(history.providers).toHaveLength(51);
    expect(history.providers.reduce((total, { failed }) => total + failed, 0)).toBe(10_000);
    expect(JSON.stringify(history.failures).length).toBeLessThan(50 * 2_000);
  });

  it('are the failures that need attention, however many clients leave', () => {
    const history = new History(10);
    for (let count = 0; count < 8; count += 1)
      history.add(record('upstream_truncated', { transferId: `cut-${count}` }));
    for (let count = 0; count < 1_000; count += 1) history.add(record('client_aborted'));
    const cut = history.failures.filter(({ words }) => words === 'The provider cut the body off');
    expect(history.failures).toHaveLength(10);
    expect(cut.map(({ id }) => id)).toEqual(['cut-7', 'cut-6', 'cut-5', 'cut-4', 'cut-3']);
  });

  it('has no character that is not seen, or moves its neighbours', () => {
    const history = new History(10);
    const hostile = 'a\u202eb\u2066c\u0000d\u009be\ud800f\u2028g\u00adh';
    const error = {
      code: 'provider_error',
      message: `one\n${hostile}`,
      cause: { name: 'Error', message: hostile },
    } as const;
    history.add(
      record('upstream_error', { fileId: hostile, upstreamFileId: hostile, provider: hostile, tenant: hostile, error }),
    );
    const shown = String.raw`a\u202eb\u2066c\u0000d\u009be\ud800f\u2028g\u00adh`;
    const names = { fileId: shown, upstreamFileId: shown, provider: shown, tenant: shown };
    expect(history.failures).toMatchObject([{ ...names, message: `one\n${shown}`, cause: `Error: ${shown}` }]);
    expect(history.providers).toMatchObject([{ name: shown }]);
    history.add(record('completed', { fileId: 'ä 文件 العربية 🎉\t' }));
    expect(history.finished[0]?.fileId).toBe('ä 文件 العربية 🎉\t');
  });

  it('does not grow with characters that are not seen', () => {
    const history = new History(10);
    history.add(record('upstream_truncated', { fileId: '\ud800'.repeat(5_000) }));
    expect(history.failures[0]?.fileId.length).toBeLessThan(1_300);
  });

  it('holds no context of the resolver', () => {
    const history = new History(10);
    history.add(record('upstream_truncated', { context: { secret: 'sk-canary' } }));
    expect(JSON.stringify([history.failures, history.finished])).not.toContain('canary');
  });
});

it('a gateway without a logger still reports its own failures on standard error', async () => {
  const lines = jest.spyOn(console, 'error').mockImplementation(() => {});
  try {
    const files = createFileContent({});
    transferConsole(files);
    const provider = { name: 'mine', streaming: false, fetchContent: () => Promise.reject(new Error('mine failed')) };
    await expect(files.open({ provider: { ...provider, streaming: false }, fileId: 'file-1' })).rejects.toThrow();
    expect(lines.mock.calls.flat().join('\n')).toContain('mine failed');
  } finally {
    lines.mockRestore();
  }
});
