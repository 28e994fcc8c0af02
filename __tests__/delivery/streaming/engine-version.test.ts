import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadedEngine, TESTED_ENGINE, warnOfUntestedEngine } from '../../../lib/delivery/streaming/engine-version';
import { temporaryDirectory } from '../../support/temporary-directory';

/** An installation in which http-proxy-middleware has its own copy of httpxy, as package managers lay them out. */
async function installed(versions: { middleware: string; nested: string; top: string }): Promise<string> {
  const directory = await temporaryDirectory('engine');
  const write = async (path: string, name: string, version: string): Promise<void> => {
    await mkdir(join(directory, path, 'dist'), { recursive: true });
    await writeFile(
      join(directory, path, 'package.json'),
      JSON.stringify({ name, version, exports: { '.': './dist/index.js' } }),
    );
    // The package's own build has manifests without a name in its folders.
    await writeFile(join(directory, path, 'dist', 'package.json'), '{"type":"commonjs"}');
    await writeFile(join(directory, path, 'dist', 'index.js'), '');
  };
  await write('node_modules/http-proxy-middleware', 'http-proxy-middleware', versions.middleware);
  await write('node_modules/http-proxy-middleware/node_modules/httpxy', 'httpxy', versions.nested);
  await write('node_modules/httpxy', 'httpxy', versions.top);
  return join(directory, 'gateway.js');
}

const { 'http-proxy-middleware': middleware, httpxy } = TESTED_ENGINE;

describe('the engine’s versions', () => {
  let warn: jest.SpyInstance;

  beforeEach(() => {
    warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  });

  afterEach(() => warn.mockRestore());

  it('are those that this package is tested with', () => {
    const { dependencies } = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8'));
    for (const [name, version] of Object.entries(TESTED_ENGINE)) expect(dependencies[name]).toBe(`~${version}`);
    expect(Object.keys(loadedEngine(__filename))).toEqual(Object.keys(TESTED_ENGINE));
    warnOfUntestedEngine();
    expect(warn).not.toHaveBeenCalled();
  });

  it('are of the httpxy that http-proxy-middleware gets, not of the one that the application sees', async () => {
    const from = await installed({ middleware, nested: '0.6.0', top: httpxy });
    expect(loadedEngine(from)).toEqual({ 'http-proxy-middleware': middleware, httpxy: '0.6.0' });
    warnOfUntestedEngine(from);
    expect(warn).toHaveBeenCalledTimes(1);
    const [message, options] = warn.mock.calls[0] as [string, unknown];
    expect(message).toContain(`httpxy 0.6.0 instead of ~${httpxy}`);
    expect(message).not.toContain('http-proxy-middleware 4');
    expect(options).toEqual({ type: 'ExpressFileContentWarning', code: 'EXPRESS_FILE_CONTENT_UNTESTED_ENGINE' });
  });

  it('may be later patches, which bring the engine’s own corrections', async () => {
    warnOfUntestedEngine(await installed({ middleware: '4.2.13', nested: '0.5.10', top: '0.1.0' }));
    expect(warn).not.toHaveBeenCalled();
  });

  it.each(['4.2.0', '4.1.9', '4.3.0', '5.2.1', '4.2.2-rc.1', '4.2', '4.2.x'])('may not be %s', async (version) => {
    warnOfUntestedEngine(await installed({ middleware: version, nested: httpxy, top: httpxy }));
    expect(warn.mock.calls).toEqual([[expect.stringContaining(`http-proxy-middleware ${version}`), expect.anything()]]);
  });

  it('are compared for both packages', async () => {
    warnOfUntestedEngine(await installed({ middleware: '4.9.9', nested: httpxy, top: '0.1.0' }));
    expect(warn.mock.calls[0]?.[0]).toContain(`http-proxy-middleware 4.9.9 instead of ~${middleware}`);
  });

  it('are not complained of where they cannot be found', async () => {
    warnOfUntestedEngine(join(await temporaryDirectory('engine'), 'bundle.js'));
    expect(warn).not.toHaveBeenCalled();
  });
});
