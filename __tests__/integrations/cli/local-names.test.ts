import { startGateway } from '../../../lib/integrations/cli/gateway';
import { isLoopback } from '../../../lib/integrations/cli/local-names';
import { open, readAll } from '../../support/download';

test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('%s is only for this machine', (address) => {
  expect(isLoopback(address)).toBe(true);
});

test.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '::2', 'localhost', ''])('%j may be for others', (address) => {
  expect(isLoopback(address)).toBe(false);
});

describe('a gateway on the loopback interface', () => {
  async function statusFor(host: string): Promise<number | undefined> {
    const gateway = await startGateway({ port: 0, host: '127.0.0.1' }, {});
    try {
      const url = `${gateway.origin}/v1/files/file-unknown/content`;
      const response = await open(url, { headers: { host } });
      await readAll(response);
      return response.statusCode;
    } finally {
      await gateway.close(0);
    }
  }

  beforeEach(() => {
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  });
  afterEach(() => jest.restoreAllMocks());

  test.each(['localhost', 'LOCALHOST:1', 'gateway.localhost:80', '127.0.0.1:3000', '10.1.2.3', '[::1]:80'])(
    'serves a client that calls it %s',
    async (host) => {
      expect(await statusFor(host)).toBe(404);
    },
  );

  // A page of such a name can let it point to 127.0.0.1, and would be of the same origin as the files.
  test.each(['rebound.example.com', 'localhost.example.com:3000', '127.0.0.1.example.com', '[::1'])(
    'refuses a client that calls it %j',
    async (host) => {
      expect(await statusFor(host)).toBe(403);
    },
  );
});
