import { existsSync } from 'node:fs';
import { isInstalled, origin, type Place, type Running, startProgram, trust } from './workspace.mts';

/** What is measured: this package, or an alternative to it. */
export interface Candidate {
  readonly name: string;
  /** Header lines that the client must send, such as those that choose the provider. */
  readonly headers?: (place: Place) => readonly string[];
  /** How it can be installed or named, where it is not found. */
  readonly hint?: string;
  /** The most requests of a run without a time limit, for a candidate that would take minutes. */
  readonly mostRequests?: number;
  /** The shortest time of a run with a time limit, for a candidate that sends in bursts. */
  readonly leastSeconds?: number;
  isAvailable(): boolean;
  /** undefined: the client talks to the provider itself. */
  start(place: Place): Promise<Running | undefined>;
}

export function nginxConfig(pid: string, http: string): string {
  return `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${pid};
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000;
  ${http}
}`;
}

/** @param location directives for the proxied location */
export const nginx = (name: string, location: string): Candidate => ({
  name,
  isAvailable: () => isInstalled('nginx'),
  start: (place) => {
    const { work, providerPort, tls } = place;
    const verify = `proxy_ssl_verify on; proxy_ssl_name localhost; proxy_ssl_trusted_certificate ${work.cert};`;
    return startProgram('nginx', (port) => {
      const http = `
        upstream provider { server 127.0.0.1:${providerPort}; keepalive 64; }
        server {
          listen 127.0.0.1:${port} backlog=4096;
          location / {
            proxy_pass ${tls ? 'https' : 'http'}://provider;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            ${location}
            ${tls ? verify : ''}
          }
        }`;
      const file = work.write('nginx-proxy.conf', nginxConfig(`${work.directory}/nginx-proxy.pid`, http));
      return ['-p', work.directory, '-e', 'stderr', '-c', file];
    });
  },
});

export interface HAProxySettings {
  readonly global?: string;
  readonly defaults?: string;
}

export const haproxy = (name: string, settings: HAProxySettings = {}): Candidate => ({
  name,
  isAvailable: () => isInstalled('haproxy'),
  start: ({ work, providerPort, tls }) =>
    startProgram('haproxy', (port) => {
      const file = work.write(
        'haproxy.cfg',
        `
global
  maxconn 4000
  nbthread 1
  ${settings.global ?? ''}
defaults
  mode http
  ${settings.defaults ?? ''}
  timeout connect 10s
  timeout client 60s
  timeout server 60s
frontend clients
  bind 127.0.0.1:${port} backlog 4096
  default_backend provider
backend provider
  server provider 127.0.0.1:${providerPort} ${tls ? `ssl verify required ca-file ${work.cert}` : ''}
`,
      );
      return ['-db', '-f', file];
    }),
});

/** Set BENCH_PORTKEY to the directory of an installed `@portkey-ai/gateway`. */
const portkeyScript = `${process.env.BENCH_PORTKEY ?? 'node_modules/@portkey-ai/gateway'}/build/start-server.js`;
export const portkey: Candidate = {
  name: 'Portkey',
  hint: 'set BENCH_PORTKEY to the directory of an installed @portkey-ai/gateway',
  isAvailable: () => existsSync(portkeyScript),
  headers: (place) => [
    'x-portkey-provider: openai',
    `x-portkey-custom-host: ${origin(place)}/v1`,
    'Authorization: Bearer sk-bench',
  ],
  start: (place) =>
    startProgram(process.execPath, (port) => [portkeyScript, `--port=${port}`, '--headless'], {
      env: { ...trust(place), NODE_ENV: 'production', TRUSTED_CUSTOM_HOSTS: 'localhost,127.0.0.1' },
    }),
};

/** Set BENCH_LITELLM to the program of an installed LiteLLM proxy. */
export const litellmProgram = process.env.BENCH_LITELLM ?? 'litellm';
export const litellm: Candidate = {
  name: 'LiteLLM',
  hint: 'set BENCH_LITELLM to the program of a LiteLLM proxy',
  mostRequests: 200,
  leastSeconds: 6,
  isAvailable: () => isInstalled(litellmProgram),
  headers: () => ['Authorization: Bearer sk-bench', 'custom-llm-provider: openai'],
  start: (place) => {
    const config = place.work.write(
      'litellm.yaml',
      `
model_list: []
general_settings: { master_key: sk-bench }
files_settings:
  - custom_llm_provider: openai
    api_base: ${origin(place)}/v1
    api_key: sk-bench
`,
    );
    const env = {
      SSL_CERT_FILE: place.work.cert,
      OPENAI_API_BASE: `${origin(place)}/v1`,
      OPENAI_BASE_URL: `${origin(place)}/v1`,
      OPENAI_API_KEY: 'sk-bench',
      LITELLM_LOG: 'ERROR',
    };
    const args = (port: number) => [
      '--config',
      config,
      '--host',
      '127.0.0.1',
      '--port',
      `${port}`,
      '--num_workers',
      '1',
    ];
    return startProgram(litellmProgram, args, { env, seconds: 90 });
  },
};
