import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { parseDockerfile } from '../../scripts/dockerfile.mts';
import { DEPLOY } from '../support/deployment';

const read = (path: string): string => readFileSync(join(DEPLOY, path), 'utf8');
const gateway = read('gateway.mts');
const guide = readFileSync(join(DEPLOY, '../../guides/deployment.md'), 'utf8');

/** The variables that the gateway reads. */
const variables = new Set(
  [...gateway.matchAll(/(?:env\['|(?:number|required)\(')([A-Z_]+)'/g)].map(([, name = '']) => name),
);
/** The paths that it serves outside the router. */
const probes = new Set([...gateway.matchAll(/app\.get\('(\/\w+)'/g)].map(([, path = '']) => path));
const image = Object.fromEntries(
  parseDockerfile(join(DEPLOY, 'Dockerfile'))
    .filter(({ name }) => name === 'ENV')
    .flatMap(({ text }) => text.split(/\s+/))
    .map((pair) => pair.split('=')),
) as Readonly<Record<string, string>>;

const seconds = (text: string): number => Number(/^(\d+)s$/.exec(text)?.[1]);

interface ComposeService {
  readonly image?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stop_grace_period?: string;
  readonly volumes?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
}

const compose: Compose = parse(read('compose.yaml'), { merge: true });

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly securityContext: { readonly readOnlyRootFilesystem: boolean };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly replicas?: number;
    readonly selector?: object;
    readonly podSelector?: object;
    readonly minAvailable?: number;
    readonly ports?: readonly { readonly targetPort: string }[];
    readonly template?: {
      readonly metadata: { readonly labels: object; readonly annotations: Readonly<Record<string, string>> };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly [Container];
        readonly volumes: readonly { readonly name: string; readonly emptyDir?: { readonly sizeLimit: string } }[];
      };
    };
  };
}

const manifests = parseAllDocuments(read('kubernetes.yaml')).map((document) => {
  expect(document.errors).toEqual([]);
  return document.toJS() as Manifest;
});
const deployment = manifests.find(({ kind }) => kind === 'Deployment')?.spec;
const pod = deployment?.template?.spec;
const container = pod?.containers[0];

describe('the variables of the gateway', () => {
  it('are those of the table in the guide', () => {
    const [, table = ''] = /^## Settings$(.*?)^## /ms.exec(guide) ?? [];
    const firstCells = [...table.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = '']) => cell);
    const listed = firstCells.flatMap((cell) => [...cell.matchAll(/[A-Z_]{2,}/g)].map(([name]) => name));
    expect(new Set(listed)).toEqual(variables);
  });

  it('are all that the image, compose and Kubernetes set', () => {
    const set = [
      ...Object.keys(image).filter((name) => name !== 'NODE_ENV'),
      ...Object.keys(compose.services['gateway-a']?.environment ?? {}),
      ...(container?.env.map(({ name }) => name) ?? []),
      ...[...read('kubernetes.yaml').matchAll(/--from-literal=([A-Z_]+)/g)].map(([, name = '']) => name),
    ];
    expect(set.filter((name) => !variables.has(name))).toEqual([]);
  });
});

describe('compose.yaml', () => {
  const replicas = Object.keys(compose.services).filter((name) => name.startsWith('gateway-'));

  it('has the replicas that the proxies and Prometheus name, at the ports of the image', () => {
    const scraped = replicas.map((name) => `${name}:${image['METRICS_PORT']}`);
    expect(parse(read('prometheus.yml')).scrape_configs[0].static_configs[0].targets).toEqual(scraped);
    for (const file of ['haproxy.cfg', 'nginx.conf']) {
      const named = [...read(file).matchAll(/^\s*server (?:[\w-]+ )?(gateway-\w+:\d+)/gm)].map(
        ([, address]) => address,
      );
      expect(named).toEqual(replicas.map((name) => `${name}:${image['PORT']}`));
    }
  });

  it('waits longer for a replica than the replica waits for its downloads', () => {
    for (const name of replicas) {
      const { environment, stop_grace_period = '' } = compose.services[name] ?? {};
      const own = Number(environment?.['DRAIN_DELAY_MS']) + Number(environment?.['SHUTDOWN_GRACE_MS']);
      expect(seconds(stop_grace_period) * 1000).toBeGreaterThan(own);
    }
  });

  it('mounts files that are there', () => {
    const mounts = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes);
    const files = mounts.filter((mount) => mount.startsWith('./')).map((mount) => mount.split(':')[0] ?? '');
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((file) => !existsSync(join(DEPLOY, file)))).toEqual([]);
  });

  it('sends Grafana to this Prometheus, with its interval, and to the dashboard', () => {
    const { url, jsonData } = parse(read('grafana/datasources.yaml')).datasources[0];
    expect(new URL(url).hostname in compose.services).toBe(true);
    expect(jsonData.timeInterval).toBe(parse(read('prometheus.yml')).global.scrape_interval);
    const { path } = parse(read('grafana/dashboards.yaml')).providers[0].options;
    expect(compose.services['grafana']?.volumes?.some((mount) => mount.includes(`:${path}/`))).toBe(true);
  });

  it('asks for what .env.example names', () => {
    const asked = [...read('compose.yaml').matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name);
    const named = [...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(new Set(asked)).toEqual(new Set(named));
  });
});

describe('kubernetes.yaml', () => {
  it('gives the gateway time: preStop, drain and grace are shorter than the period before SIGKILL', () => {
    const value = (name: string): number => Number(container?.env.find((it) => it.name === name)?.value) / 1000;
    const own =
      value('DRAIN_DELAY_MS') + value('SHUTDOWN_GRACE_MS') + (container?.lifecycle.preStop.sleep.seconds ?? 0);
    expect(own).toBeGreaterThan(0);
    expect(pod?.terminationGracePeriodSeconds).toBeGreaterThan(own);
  });

  it('probes paths that the gateway serves, on its ports', () => {
    const asked = [container?.startupProbe, container?.livenessProbe, container?.readinessProbe].map(
      (it) => it?.httpGet,
    );
    expect(new Set(asked.map((it) => it?.path))).toEqual(probes);
    const ports = new Map(container?.ports.map(({ name, containerPort }) => [name, `${containerPort}`]));
    for (const probe of asked) expect(ports.get(probe?.port ?? '')).toBe(image['PORT']);
    expect(ports.get('metrics')).toBe(image['METRICS_PORT']);
    expect(deployment?.template?.metadata.annotations['prometheus.io/port']).toBe(image['METRICS_PORT']);
    expect(manifests.find(({ kind }) => kind === 'Service')?.spec.ports?.[0]?.targetPort).toBe('http');
  });

  it('mounts a directory for buffered files where the image keeps them, because the root is read-only', () => {
    expect(container?.securityContext.readOnlyRootFilesystem).toBe(true);
    const mount = container?.volumeMounts.find(({ mountPath }) => mountPath === image['BUFFER_DIRECTORY']);
    const volume = pod?.volumes.find(({ name }) => name === mount?.name);
    expect(Number.parseInt(volume?.emptyDir?.sizeLimit ?? '0', 10)).toBeGreaterThan(10);
  });

  it('selects the same pods everywhere, and keeps one of them', () => {
    const { labels } = deployment?.template?.metadata ?? {};
    const named = { matchLabels: labels };
    expect(manifests.map(({ kind, spec }) => [kind, spec.selector ?? spec.podSelector])).toEqual([
      ['Deployment', named],
      ['Service', labels],
      ['PodDisruptionBudget', named],
      ['NetworkPolicy', named],
    ]);
    const budget = manifests.find(({ kind }) => kind === 'PodDisruptionBudget')?.spec.minAvailable ?? 0;
    expect(deployment?.replicas).toBeGreaterThan(budget);
  });
});
