import { createFileContent, createFileContentRouter } from '../../../lib/index';
import { transferConsole } from '../../../lib/integrations/console';

const files = createFileContent({});

describe('transferConsole', () => {
  it.each([
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a router', createFileContentRouter({ resolveProvider: () => undefined }), 'an Express router or application'],
    ['a copy', { active: files.active, close: files.close }, 'an object'],
  ])('refuses %s in place of files', (_name, given, got) => {
    expect(() => Reflect.apply(transferConsole, undefined, [given])).toThrow(
      `transferConsole: "files" must be what createFileContent(options) returned, got ${got}; write transferConsole(files)`,
    );
  });

  it.each([
    [{ maxViewers: 0 }, '"maxViewers" must be an integer from 1 to 1000, got number 0'],
    [{ maxTransfers: 501 }, '"maxTransfers" must be an integer from 1 to 500, got number 501'],
    [{ maxFailures: 1.5 }, '"maxFailures" must be an integer from 1 to 200, got number 1.5'],
    [{ intervalMs: 100 }, '"intervalMs" must be an integer from 250 to 10000, got number 100'],
  ])('refuses %j', (options, message) => {
    expect(() => transferConsole(files, options)).toThrow(message);
  });

  it('names the likely option', () => {
    expect(() => Reflect.apply(transferConsole, undefined, [files, { maxviewers: 1 }])).toThrow(
      'Did you mean `maxViewers`?',
    );
  });

  it.each([
    ['no options', undefined],
    ['none', {}],
    [
      'undefined ones',
      { maxViewers: undefined, maxTransfers: undefined, maxFailures: undefined, intervalMs: undefined },
    ],
  ])('takes %s', (_name, options) => {
    expect(transferConsole(files, options)).toBeInstanceOf(Function);
  });
});
