// `npm run demo`: see `npm run demo -- --help`.
import { type Arguments, HELP, readArguments } from './demo-arguments.mts';

let given: Arguments | undefined;
try {
  given = readArguments(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}

if (given?.help) console.log(HELP);
else if (given?.watch) {
  const { startWatchedGateway } = await import('./demo-watch.mts');
  const gateway = await startWatchedGateway();
  console.log(
    `Downloads go on, some of them cut off. Look at them on\n\n  ${gateway.console}\n\nCtrl+C ends the gateway.`,
  );
  process.once('SIGINT', () => void gateway.close());
  process.once('SIGTERM', () => void gateway.close());
} else if (given !== undefined) {
  const { compare } = await import('./demo-compare.mts');
  process.exitCode = (await compare(given.cuts)) ? 0 : 1;
  console.log(`
Next: npm run demo -- --watch   Watch transfers in the console.${
    given.cuts > 0
      ? ''
      : '\n      npm run demo -- --cut 3   The provider cuts the download off, and the SDK notices nothing.'
  }`);
}
