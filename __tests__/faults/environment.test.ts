import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BuiltPackage, layOutPackage } from '../support/built-package';
import { PROVIDER_KEY } from '../support/canary';
import { makeCertificate } from '../support/certificates';
import { answer, startRawProvider } from '../support/raw-provider';

const SIGNATURE = 'canary-signature-8c1f';

interface Run {
  readonly stdout: string;
  /** Everything that was printed. */
  readonly printed: string;
}

/** What the environment of a process says, as operators set it. */
describe('a gateway in an environment', () => {
  let built: BuiltPackage;

  beforeAll(async () => {
    built = await layOutPackage();
  });

  afterAll(() => built[Symbol.asyncDispose]());

  /** Serves one file and closes the server: the process ends when nothing holds it any more. */
  async function run(
    provider: string,
    options: { env?: Record<string, string>; delivery: string; agents?: string },
  ): Promise<Run> {
    const file = join(built.directory, 'gateway.cjs');
    await writeFile(
      file,
      `
      const express = require('express');
      const https = require('node:https');
      const { createFileContentRouter } = require('express-file-content');
      const provider = {
        name: 'signed',
        streaming: true,
        locate: () => ({
          url: '${provider}/file?X-Amz-Signature=${SIGNATURE}',
          headers: { authorization: 'Bearer ${PROVIDER_KEY}' },
        }),
      };
      const app = express();
      const agents = ${options.agents ?? 'undefined'};
      app.use('/v1', createFileContentRouter({
        resolveProvider: () => ({ provider, delivery: '${options.delivery}' }),
        ...(agents && { agents }),
        timeouts: { connect: 5000, headers: 5000 },
        buffer: { retries: 0 },
      }));
      const server = app.listen(0, '127.0.0.1', async () => {
        const url = 'http://127.0.0.1:' + server.address().port + '/v1/files/file-1/content';
        for (let index = 0; index < 2; index += 1) {
          const response = await fetch(url);
          console.log(response.status, (await response.text()).slice(0, 7));
        }
        server.close();
        server.closeAllConnections();
      });
    `,
    );
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], {
      env: { PATH: process.env['PATH'], ...options.env },
      maxBuffer: 64 * 1024 * 1024,
      timeout: 30_000,
    });
    return { stdout, printed: stdout + stderr };
  }

  describe.each(['stream', 'buffer'])('%s', (delivery) => {
    it('ends although it keeps an idle connection to its provider', async () => {
      await using provider = await startRawProvider(({ send }) => send(answer('content')));
      const { stdout } = await run(provider.origin, { delivery });
      expect(stdout).toBe('200 content\n200 content\n');
      expect(provider.connections).toHaveLength(1);
    });

    it.each([
      ['DEBUG', '*'],
      ['NODE_DEBUG', '*'],
    ])('with %s=%s prints neither a signed URL nor a key', async (name, value) => {
      const tls = makeCertificate();
      await using plain = await startRawProvider(({ send }) => send(answer('content')));
      await using secure = await startRawProvider(({ send }) => send(answer('content')), { tls });
      for (const provider of [plain, secure]) {
        const env = { [name]: value, NODE_EXTRA_CA_CERTS: join(built.directory, 'ca.pem') };
        await writeFile(env.NODE_EXTRA_CA_CERTS, tls.cert);
        const { stdout, printed } = await run(provider.origin.replace('127.0.0.1', 'localhost'), { env, delivery });
        expect(stdout).toContain('200 content');
        // It does print.
        expect(printed).toMatch(name === 'DEBUG' && delivery === 'stream' ? /http-proxy-middleware/ : /content/);
        expect(printed).not.toContain(SIGNATURE);
        expect(printed).not.toContain(PROVIDER_KEY);
      }
    });

    it('with NODE_TLS_REJECT_UNAUTHORIZED=0 refuses a certificate that it cannot verify', async () => {
      await using provider = await startRawProvider(({ send }) => send(answer('content')), { tls: makeCertificate() });
      const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
      const { stdout } = await run(provider.origin, { env, delivery });
      expect(stdout).toMatch(/^502 .*\n502 /);
      expect(provider.requests).toEqual([]);
      // An agent that says nothing of it verifies, too.
      const agents = '{ https: new https.Agent({ keepAlive: true }) }';
      expect((await run(provider.origin, { env, delivery, agents })).stdout).toMatch(/^502 .*\n502 /);
      expect(provider.requests).toEqual([]);
    });

    it('accepts any certificate where the gateway’s own agent says so', async () => {
      await using provider = await startRawProvider(({ send }) => send(answer('content')), { tls: makeCertificate() });
      const agents = '{ https: new https.Agent({ rejectUnauthorized: false }) }';
      expect((await run(provider.origin, { delivery, agents })).stdout).toBe('200 content\n200 content\n');
    });
  });
});
