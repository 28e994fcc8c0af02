import { cpSync, globSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fakeProvider } from '../../lib/testing';
import { type BuiltImage, buildImage, execIn, parseDockerfile, startImage } from '../../scripts/dockerfile.mts';
import { type BuiltPackage, layOutPackage } from '../support/built-package';
import { AUTHORIZATION, CLIENT_KEY, DEPLOY } from '../support/deployment';
import { download } from '../support/download';
import { temporaryDirectory } from '../support/temporary-directory';

describe("the example's Dockerfile", () => {
  let built: BuiltPackage;
  let image: BuiltImage;
  const commands: string[] = [];

  beforeAll(async () => {
    built = await layOutPackage();
    const context = await temporaryDirectory('context');
    // What the engine would be sent: .dockerignore lets nothing else through.
    const ignored = readFileSync(join(DEPLOY, '.dockerignore'), 'utf8').split('\n');
    expect(ignored).toContain('*');
    for (const line of ignored.filter((it) => it.startsWith('!')))
      for (const path of globSync(line.slice(1), { cwd: DEPLOY })) cpSync(join(DEPLOY, path), join(context, path));
    cpSync(join(DEPLOY, 'Dockerfile'), join(context, 'Dockerfile'));
    // As `npm install` writes it.
    writeFileSync(join(context, 'package-lock.json'), '{}');
    image = buildImage(context, await temporaryDirectory('image'), (command, workdir) => {
      commands.push(command);
      // The tests have no network; the dependencies are those of the project.
      if (command.startsWith('npm ci'))
        symlinkSync(join(built.directory, 'node_modules'), join(workdir, 'node_modules'));
    });
  });

  afterAll(() => built[Symbol.asyncDispose]());

  it('installs what the gateway imports, at versions that the package supports', () => {
    expect(commands).toEqual([
      expect.stringMatching(/^npm ci --omit=dev/),
      expect.stringContaining(image.env['BUFFER_DIRECTORY'] ?? '?'),
    ]);
    const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
    const { dependencies } = read(join(DEPLOY, 'package.json'));
    const { version, devDependencies } = read(join(__dirname, '../../package.json'));
    const imported = readFileSync(join(DEPLOY, 'gateway.mts'), 'utf8').matchAll(/(?:from|import\() ?'([\w-]+)/g);
    const names = new Set([...imported].map(([, name]) => name).filter((name) => name !== 'node'));
    expect(new Set(Object.keys(dependencies))).toEqual(names);
    for (const [name, range] of Object.entries(dependencies)) {
      expect([name, range]).toEqual([name, name === 'express-file-content' ? `^${version}` : devDependencies[name]]);
    }
  });

  it('runs as a user that is not root, named by a number, on a version of Node that is supported', () => {
    expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const bases = parseDockerfile(join(DEPLOY, 'Dockerfile')).filter(({ name }) => name === 'FROM');
    expect(bases.map(({ text }) => text.split(' ')[0])).toEqual(['node:24-slim', 'node:24-slim']);
  });

  it('starts, is healthy, serves a file, and ends on its stop signal', async () => {
    await using provider = await fakeProvider({ files: { 'file-1': 'content' } });
    const env = {
      PORT: '0',
      METRICS_PORT: '0',
      HOST: '127.0.0.1',
      DRAIN_DELAY_MS: '0',
      BUFFER_DIRECTORY: await temporaryDirectory('buffer'),
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: provider.baseURL,
      GATEWAY_KEYS: `team-a:${CLIENT_KEY}`,
    };
    await using gateway = await startImage(image, env);
    const ofPort = { ...env, PORT: gateway.port };
    expect(() => execIn(image, image.healthcheck, ofPort)).not.toThrow();
    const { status, body } = await download(`http://127.0.0.1:${gateway.port}/v1/files/file-1/content`, {
      headers: { authorization: AUTHORIZATION },
    });
    expect([status, `${body}`]).toEqual([200, 'content']);
    expect(await gateway.stop()).toBe(0);
    // A gateway that does not respond is not healthy.
    expect(() => execIn(image, image.healthcheck, ofPort)).toThrow();
  });
});
