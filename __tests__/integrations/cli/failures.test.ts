import { UsageError } from '../../../lib/integrations/cli/arguments';
import { describeFailure } from '../../../lib/integrations/cli/failures';

function systemError(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

test.each([
  ['EADDRINUSE', 'Port 80 on 127.0.0.1 is in use by another program. Use another port, or any free one: --port 0'],
  ['EACCES', 'Port 80 on 127.0.0.1 may not be used by this user. Use a port above 1023: --port 3000'],
  [
    'EADDRNOTAVAIL',
    '127.0.0.1 is not an address of this machine. Use --host 127.0.0.1, or --host 0.0.0.0 for every address.',
  ],
  ['ENOTFOUND', '127.0.0.1 is not an address, and no address was found for the name. Use --host 127.0.0.1'],
])('%s says what to write', (code, message) => {
  expect(describeFailure(systemError(code), { host: '127.0.0.1', port: 80 })).toEqual({ message, exitCode: 1 });
});

test('a wrong argument ends with 2', () => {
  expect(describeFailure(new UsageError('no'))).toEqual({ message: 'no', exitCode: 2 });
});

test('another missing module is not taken for Express, and an error of any other kind has its stack', () => {
  const missing = systemError('MODULE_NOT_FOUND', "Cannot find module 'express-session'");
  expect(describeFailure(missing)).toEqual({ message: missing.stack, exitCode: 1 });
  expect(describeFailure(systemError('EMFILE'), { host: 'a', port: 1 }).message).toContain('failures.test.ts');
  expect(describeFailure('thrown')).toEqual({ message: 'thrown', exitCode: 1 });
});
