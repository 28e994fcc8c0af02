import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkConfiguration, DEPLOY, PROXIES, type ProxyName } from '../support/deployment';
import { describeWith, isInstalled, runProgram } from '../support/programs';
import { temporaryDirectory } from '../support/temporary-directory';

for (const name of Object.keys(PROXIES) as ProxyName[]) {
  describeWith([name], `${PROXIES[name]}`, () => {
    it(`is valid for ${name}`, async () => {
      const [program, args] = await checkConfiguration(name);
      expect(() => runProgram(program, args)).not.toThrow();
    });
  });
}

describeWith(['promtool'], 'prometheus.yml', () => {
  it('is valid, with its alert rules', () => {
    expect(runProgram('promtool', ['check', 'config', 'prometheus.yml'], DEPLOY)).toContain('SUCCESS');
    expect(runProgram('promtool', ['check', 'rules', 'alerts.yml'], DEPLOY)).toContain('SUCCESS');
  });

  it('alerts on what it should, and not on clients that leave', async () => {
    const directory = await temporaryDirectory('rules');
    cpSync(join(DEPLOY, 'alerts.yml'), join(directory, 'alerts.yml'));
    const cases = readFileSync(join(__dirname, 'alerts.promtest.yml'), 'utf8');
    writeFileSync(join(directory, 'test.yml'), `rule_files: [alerts.yml]\n${cases}`);
    expect(runProgram('promtool', ['test', 'rules', 'test.yml'], directory)).toContain('SUCCESS');
  });
});

/** The client's plugin, or the program that was there before it. */
function composeCommand(): readonly [string, ...string[]] | undefined {
  if (isInstalled('docker-compose')) return ['docker-compose'];
  if (!isInstalled('docker')) return undefined;
  try {
    runProgram('docker', ['compose', 'version']);
    return ['docker', 'compose'];
  } catch {
    return undefined;
  }
}

describe('compose.yaml', () => {
  const command = composeCommand();
  const testWithCompose = command === undefined ? test.skip : test;
  testWithCompose('is valid for docker compose (skipped where it is not installed)', async () => {
    const directory = await temporaryDirectory('compose');
    cpSync(DEPLOY, directory, { recursive: true });
    cpSync(join(DEPLOY, '.env.example'), join(directory, '.env'));
    const [program, ...args] = command ?? [''];
    expect(runProgram(program, [...args, 'config'], directory)).toContain('gateway-b');
  });
});
