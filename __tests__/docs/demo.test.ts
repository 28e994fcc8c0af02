import { HELP, readArguments } from '../../docs/examples/demo-arguments.mts';
import { startWatchedGateway } from '../../docs/examples/demo-watch.mts';
import { openEvents } from '../support/event-stream';

describe('the arguments of the demo', () => {
  it.each([
    [[], { help: false, watch: false, cuts: 0 }],
    [['--cut', '3'], { help: false, watch: false, cuts: 3 }],
    [['--cut=1'], { help: false, watch: false, cuts: 1 }],
    [['--watch'], { help: false, watch: true, cuts: 0 }],
    [['-h'], { help: true, watch: false, cuts: 0 }],
  ])('%j', (args, read) => {
    expect(readArguments(args)).toEqual(read);
    for (const arg of args.filter((it) => it.startsWith('--'))) expect(HELP).toContain(arg.split('=')[0]);
  });

  it.each([
    [['--cut', '4'], '--cut must be 1, 2 or 3, got "4". Write --cut 3'],
    [['--cut', 'two'], '--cut must be 1, 2 or 3, got "two". Write --cut 3'],
    [['--cut'], 'The options are --cut 3, --watch and --help.'],
    [['--wach'], "Unknown option '--wach'. The options are --cut 3, --watch and --help."],
    [['watch'], "Unexpected argument 'watch'. The options are --cut 3, --watch and --help."],
    [['--watch', '--cut', '2'], '--watch and --cut are two demonstrations. Leave one out.'],
  ])('%j is refused', (args, message) => {
    expect(() => readArguments(args)).toThrow(message);
  });
});

describe('npm run demo -- --watch', () => {
  it('shows downloads that go on, fail and are resumed, and ends', async () => {
    const gateway = await startWatchedGateway();
    try {
      expect((await fetch(gateway.console)).status).toBe(200);
      using events = await openEvents(`${gateway.console}/events`);
      await events.update(({ failures }) => failures.some(({ code }) => code === 'file_not_found'));
      await events.update(
        ({ inFlight, transfers }) => inFlight >= 4 && transfers.some(({ bytesSent }) => bytesSent > 0),
      );
      await events.update(({ finished }) => finished.some(({ resumes }) => resumes === 2));
    } finally {
      await gateway.close();
    }
  });
});
