/** Real object stores in processes of their own: Azurite and an S3 server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { TestCertificate } from './certificates';
import { temporaryDirectory } from './temporary-directory';

export interface ObjectStore extends AsyncDisposable {
  readonly origin: string;
}

/** The only access key that the S3 server knows; a signature by another secret is refused. */
export const S3_CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' } as const;

/** An S3 server that verifies Signature Version 4. */
export async function startS3(bucket: string): Promise<ObjectStore> {
  const directory = await temporaryDirectory('s3');
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    directory,
    silent: true,
    vhostBuckets: false,
    allowMismatchedSignatures: false,
    configureBuckets: [{ name: bucket, configs: [] }],
  });
  const { port } = await server.run();
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A client of AWS's SDK for such a server. */
export function s3Client(store: ObjectStore, options: S3ClientConfig = {}): S3Client {
  return new S3Client({
    region: 'eu-central-1',
    endpoint: store.origin,
    forcePathStyle: true,
    credentials: S3_CREDENTIALS,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    ...options,
  });
}

/** The account of Azure's emulator; its documentation publishes the key. */
export const AZURITE_ACCOUNT = 'devstoreaccount1';
export const AZURITE_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** Azure's emulator of Blob Storage; with a certificate it also takes Entra tokens. */
export async function startAzurite(certificate?: TestCertificate): Promise<ObjectStore> {
  const directory = await temporaryDirectory('azurite');
  const args = ['--inMemoryPersistence', '--blobHost', '127.0.0.1', '--blobPort', '0', '--disableTelemetry'];
  if (certificate) {
    const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
    await Promise.all([writeFile(cert, certificate.cert), writeFile(key, certificate.key)]);
    args.push('--oauth', 'basic', '--cert', cert, '--key', key);
  }
  const main = require.resolve('azurite/dist/src/blob/main.js');
  const child = spawn(process.execPath, [main, ...args], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  const origin = await listeningAt(child);
  return {
    origin,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
      child.kill('SIGKILL');
      await closed;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function listeningAt(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const onOutput = (chunk: Buffer): void => {
      output += chunk.toString();
      const found = /listens on (https?:\/\/[\d.]+:\d+)/.exec(output);
      if (found?.[1] !== undefined) resolve(found[1]);
    };
    child.stdout?.on('data', onOutput);
    child.stderr?.on('data', onOutput);
    child.once('close', (code) => reject(new Error(`Azurite ended with code ${code}: ${output}`)));
  });
}
