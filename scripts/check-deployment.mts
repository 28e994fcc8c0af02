// Builds the image of docs/examples/deploy from a tarball as a user would, with the registry but without an engine, and
// starts what the image would start.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildImage, execIn, startImage } from './dockerfile.mts';

const DEPLOY = join(import.meta.dirname, '../docs/examples/deploy');

function npm(args: readonly string[], cwd: string): void {
  execFileSync('npm', [...args, '--prefer-offline', '--no-audit', '--no-fund'], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/**
 * @param folder a folder that does not exist yet
 * @param tarball the package
 * @throws Error if a step fails, or the gateway does not start, is not healthy, or does not end as it should
 */
export async function checkDeployment(folder: string, tarball: string): Promise<void> {
  const context = join(folder, 'context');
  mkdirSync(folder);
  cpSync(DEPLOY, context, { recursive: true });
  cpSync(tarball, join(context, basename(tarball)));
  npm(['install', '--package-lock-only', `./${basename(tarball)}`], context);
  const image = buildImage(context, join(folder, 'image'), (command, workdir) => {
    // The other commands make directories outside the folder.
    if (command.startsWith('npm ')) npm(command.split(' ').slice(1), workdir);
  });

  const buffer = join(folder, 'buffer');
  mkdirSync(buffer);
  const secrets = { OPENAI_API_KEY: 'sk-test', GATEWAY_KEYS: 'team-a:key' };
  const env = {
    ...secrets,
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    BUFFER_DIRECTORY: buffer,
    DRAIN_DELAY_MS: '0',
  };
  await using gateway = await startImage(image, env);
  execIn(image, image.healthcheck, { ...env, PORT: gateway.port });
  const code = await gateway.stop();
  if (code !== 0) throw new Error(`the gateway of docs/examples/deploy ended with ${code}`);
  console.log('deployment: the steps of the Dockerfile give a gateway that starts, is healthy, and stops');
}
