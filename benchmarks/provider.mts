import { nginxConfig } from './proxies.mts';
import { isInstalled, type Running, startNode, startProgram, type Workspace } from './workspace.mts';

export interface ProviderSettings {
  readonly tls?: boolean;
  /** How often the connection of each large body is cut off before its end. undefined: an ordinary provider. */
  readonly cuts?: number;
}

/** The provider: nginx where it is installed, because it costs least; else a small one of ours. */
export function startProvider(work: Workspace, { tls = false, cuts }: ProviderSettings): Promise<Running> {
  if (cuts !== undefined) return startNode('cutting-provider.mjs', [work.root, `${cuts}`]);
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
