/** An application's router behind the example's proxies, and curl as the client that knows HTTP/2. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openaiCompatible, type Resolution } from '../../lib';
import type { FakeProvider } from '../../lib/testing';
import { makeCertificate } from './certificates';
import type { Change, ProxyName, RunningProxy } from './deployment';
import { type Gateway, startGateway } from './gateway';

/** A gateway that passes every cut on, because resuming would mend it. */
export function startBehind(provider: FakeProvider, more: Partial<Resolution> = {}): Promise<Gateway> {
  const held = openaiCompatible({ name: 'fake', baseURL: provider.baseURL });
  return startGateway({ resolveProvider: () => ({ ...more, provider: held }), resume: { mode: 'off' } });
}

/** The example's configuration with TLS and HTTP/2 for clients, as far as each proxy's version goes. */
export function offerHttp2(name: ProxyName): Change {
  return (configuration, directory) => {
    const { key, cert } = makeCertificate();
    const pem = join(directory, 'tls.pem');
    writeFileSync(pem, `${cert}\n${key}`);
    return name === 'haproxy'
      ? configuration.replace(/bind 127\S+/, `$& ssl crt ${pem} alpn h2,http/1.1`)
      : configuration.replace(
          /listen (127\S+);/,
          `listen $1 ssl http2; ssl_certificate ${pem}; ssl_certificate_key ${pem};`,
        );
  };
}

export interface CurlResult {
  readonly exitCode: number;
  readonly httpVersion: string;
  readonly status: number;
  readonly bytes: number;
}

/** What curl makes of a file behind the proxy: its exit code is 0 if it takes the body for whole. */
export function curl(proxy: RunningProxy, id: string, version: '1.1' | '2'): Promise<CurlResult> {
  const format = '%{exitcode} %{http_version} %{http_code} %{size_download}';
  const origin = version === '2' ? `https://127.0.0.1:${proxy.port}` : `http://127.0.0.1:${proxy.port}`;
  const args = ['-sk', '-o', '/dev/null', '-w', format, version === '2' ? '--http2' : '--http1.1'];
  return new Promise((resolve) => {
    execFile('curl', [...args, `${origin}/v1/files/${id}/content`], (_error, stdout) => {
      const [exitCode, httpVersion = '', status, bytes] = stdout.split(' ');
      resolve({ exitCode: Number(exitCode), httpVersion, status: Number(status), bytes: Number(bytes) });
    });
  });
}
