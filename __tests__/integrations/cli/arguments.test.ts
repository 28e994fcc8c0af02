import { parseArguments, UsageError } from '../../../lib/integrations/cli/arguments';

test.each([
  [[], {}, { port: 3000, host: '127.0.0.1' }],
  [[], { PORT: '8080' }, { port: 8080, host: '127.0.0.1' }],
  // A variable that is empty is not set.
  [[], { PORT: '' }, { port: 3000, host: '127.0.0.1' }],
  [['--port', '0'], { PORT: '8080' }, { port: 0, host: '127.0.0.1' }],
  [['--port', '1'], { PORT: 'wrong' }, { port: 1, host: '127.0.0.1' }],
  [['--port=65535'], {}, { port: 65_535, host: '127.0.0.1' }],
  [['-p', '81'], {}, { port: 81, host: '127.0.0.1' }],
  [['-p81', '--host', '::1'], {}, { port: 81, host: '::1' }],
  [['--port', '1', '--port', '2'], {}, { port: 2, host: '127.0.0.1' }],
  // Some shells set HOST to the name of the machine.
  [[], { HOST: '0.0.0.0' }, { port: 3000, host: '127.0.0.1' }],
])('%j with %j listens on %j', (args, env, listen) => {
  expect(parseArguments(args, env)).toEqual({ name: 'serve', listen });
});

test.each([
  [['--help'], 'help'],
  [['-h'], 'help'],
  [['--version'], 'version'],
  [['-v'], 'version'],
  [['-vh'], 'help'],
  // Whoever asks for help gets it.
  [['--port', 'wrong', '--help'], 'help'],
])('%j prints the %s', (args, name) => {
  expect(parseArguments(args, { PORT: 'wrong' })).toEqual({ name });
});

test.each([
  [['--prot', '1'], 'Unknown option --prot. Did you mean --port?'],
  [['--Port', '1'], 'Unknown option --Port. Did you mean --port?'],
  [['--hots=1'], 'Unknown option --hots. Did you mean --host?'],
  [['--verbose'], 'Unknown option --verbose.'],
  [['--no-help'], 'Unknown option --no-help. Did you mean --help?'],
  [['--constructor'], 'Unknown option --constructor.'],
  [['-x'], 'Unknown option -x.'],
  [['3000'], 'Unexpected argument "3000". All options begin with --.'],
  [['--', '--port'], 'Unexpected argument "--port". All options begin with --.'],
  [['--port'], '--port needs a value: --port 8080'],
  [['-p'], '-p needs a value: -p 8080'],
  [['--port='], '--port needs a value: --port 8080'],
  [['--host', '--port', '1'], '--host needs a value: --host 127.0.0.1'],
  [['--help=yes'], '--help takes no value.'],
  [['--port', '80a'], '--port must be a number from 0 to 65535, got "80a".'],
  [['--port', '65536'], '--port must be a number from 0 to 65535, got "65536".'],
  [['--port', '1e3'], '--port must be a number from 0 to 65535, got "1e3".'],
  [['--port', '0x50'], '--port must be a number from 0 to 65535, got "0x50".'],
])('%j: %s', (args, message) => {
  expect(() => parseArguments(args, {})).toThrow(new UsageError(message));
});

test.each(['-1', '80 ', 'http'])('PORT=%j is refused by its name', (PORT) => {
  const message = `PORT must be a number from 0 to 65535, got ${JSON.stringify(PORT)}.`;
  expect(() => parseArguments([], { PORT })).toThrow(new UsageError(message));
});
