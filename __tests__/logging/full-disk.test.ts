import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { record } from '../support/records';
import { BUILT } from '../support/worker-file';

/** Every write to it fails with ENOSPC, as on a full disk. */
const FULL = '/dev/full';
const SURVIVED = 7;

const PROGRAMS = {
  'of the consoleLogger': `
    const logger = consoleLogger();
    const write = (outcome) => logger.finished({ ...JSON.parse(process.argv[1]), startedAt: new Date(), outcome });`,
  'about a failing adapter': `
    const finished = () => { throw new Error('failing'); };
    const files = createFileContent({ logger: { finished } });
    const provider = bufferedProvider({ name: 'held', fetchContent: () => ({ body: Buffer.from('content') }) });
    const write = async () => { for await (const _ of (await files.open({ provider, fileId: 'file-1' })).body); };`,
} as const;

const describeWithFullDisk = existsSync(FULL) ? describe : describe.skip;

describeWithFullDisk('a disk that is full ends no gateway whose output goes to a file on it: lines', () => {
  it.each(Object.entries(PROGRAMS))('%s', async (_what, program) => {
    const source = `
      const { bufferedProvider, consoleLogger, createFileContent } = require(process.argv[2]);
      ${program}
      (async () => {
        for (let count = 0; count < 6; count += 1) {
          await write(count % 2 === 0 ? 'completed' : 'upstream_error');
          await new Promise(setImmediate);
        }
        process.exit(${SURVIVED});
      })();`;
    const full = openSync(FULL, 'w');
    const child = spawn(
      process.execPath,
      ['-e', source, JSON.stringify(record('completed')), join(BUILT, 'index.js')],
      {
        stdio: ['ignore', full, full],
      },
    );
    const [code] = await once(child, 'exit');
    expect(code).toBe(SURVIVED);
  });
});
