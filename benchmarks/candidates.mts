import { existsSync } from 'node:fs';
import { isInstalled, type Running, startNode, startProgram, type Workspace } from './workspace.mts';

/** What a measured process is told of the provider. */
export interface Place {
  readonly work: Workspace;
  readonly providerPort: number;
  readonly tls: boolean;
}

export interface Candidate {
  readonly name: string;
  /** Header lines that the client must send, such as those that choose the provider. */
  readonly headers?: (place: Place) => readonly string[];
  isAvailable(): boolean;
  /** undefined: the client talks to the provider itself. */
  start(place: Place): Promise<Running | undefined>;
}

function origin({ tls, providerPort }: Place): string {
  return `${tls ? 'https' : 'http'}://127.0.0.1:${providerPort}`;
}

function trust({ work }: Place): NodeJS.ProcessEnv {
  return { NODE_EXTRA_CA_CERTS: work.cert };
}

/** The same with a young generation of V8's that stays small: `node --max-semi-space-size=4`, in MiB. */
export const SMALL_HEAP = 'express-file-content, small semi-space';

function node(name: string, script: string, ...args: readonly string[]): Candidate {
  return {
    name,
    isAvailable: () => true,
    start: (place) => startNode(script, [origin(place), ...args], trust(place)),
  };
}

function nginxConfig(pid: string, http: string): string {
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
const nginx = (name: string, location: string): Candidate => ({
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

interface HAProxySettings {
  readonly global?: string;
  readonly defaults?: string;
}

const haproxy = (name: string, settings: HAProxySettings = {}): Candidate => ({
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
const portkey: Candidate = {
  name: 'Portkey',
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
const litellmProgram = process.env.BENCH_LITELLM ?? 'litellm';
const litellm: Candidate = {
  name: 'LiteLLM',
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

const direct: Candidate = { name: 'direct', isAvailable: () => true, start: async () => undefined };

/** This package as it is, without its relay, and with everything buffered before it is sent. */
export const STREAM = 'express-file-content';
export const PIPELINE = 'express-file-content, relay: false';
export const BUFFER = 'express-file-content, buffer';
/** Behind express-session, which wraps the response's `write` and `end`. */
export const SESSION = 'express-file-content, express-session';

/** The settings that suit large bodies best; the defaults stand beside them. */
export const HAPROXY_LARGE = 'HAProxy, 256 KiB buffers';
export const HAPROXY_SPLICE = 'HAProxy, splice';
export const NGINX_LARGE = 'nginx, 256 KiB buffers';

export const candidates: readonly Candidate[] = [
  direct,
  haproxy('HAProxy'),
  haproxy(HAPROXY_LARGE, { global: 'tune.bufsize 262144' }),
  haproxy(HAPROXY_SPLICE, { global: 'tune.pipesize 1048576', defaults: 'option splice-response' }),
  nginx('nginx', ''),
  nginx(NGINX_LARGE, 'proxy_buffer_size 256k; proxy_buffers 8 256k; proxy_busy_buffers_size 512k;'),
  node(STREAM, 'package.mjs', 'stream'),
  {
    name: SMALL_HEAP,
    isAvailable: () => true,
    start: (place) =>
      startNode('package.mjs', [origin(place), 'stream'], { ...trust(place), NODE_OPTIONS: '--max-semi-space-size=4' }),
  },
  node(PIPELINE, 'package.mjs', 'pipeline'),
  node(BUFFER, 'package.mjs', 'buffer'),
  node(SESSION, 'package.mjs', 'session'),
  node('Node pipe', 'pipe.mjs'),
  node('http-proxy-middleware', 'middleware.mjs'),
  portkey,
  litellm,
];

/** The provider: nginx where it is installed, because it costs least; else a small one of ours. */
export function startProvider(work: Workspace, tls: boolean): Promise<Running> {
  if (!isInstalled('nginx')) return startNode('provider.mjs', tls ? [work.root, work.key, work.cert] : [work.root]);
  return startProgram('nginx', (port) => {
    const secure = tls ? `ssl_certificate ${work.cert}; ssl_certificate_key ${work.key};` : '';
    const http = `
      sendfile on;
      sendfile_max_chunk 512k;
      server { listen 127.0.0.1:${port} ${tls ? 'ssl' : ''} backlog=4096; ${secure} root ${work.root}; }`;
    const name = `provider-${tls ? 'tls' : 'plain'}`;
    const file = work.write(`${name}.conf`, nginxConfig(`${work.directory}/${name}.pid`, http));
    return ['-p', work.directory, '-e', 'stderr', '-c', file];
  });
}
