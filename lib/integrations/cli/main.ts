import { surviveFailedOutput } from '../../values/standard-streams';
import { type ListenSettings, parseArguments } from './arguments';
import { describeFailure } from './failures';
import { HELP } from './help';
import { stopOnSignals } from './signals';

/**
 * Runs the command line. It sets the exit status and never rejects.
 *
 * @param version the version of the package
 */
export async function main(args: readonly string[], env: NodeJS.ProcessEnv, version: string): Promise<void> {
  let settings: ListenSettings | undefined;
  try {
    const command = parseArguments(args, env);
    if (command.name === 'help') console.log(HELP.trimEnd());
    else if (command.name === 'version') console.log(version);
    else {
      settings = command.listen;
      await serve(settings, env);
    }
  } catch (error) {
    const { message, exitCode } = describeFailure(error, settings);
    console.error(`express-file-content: ${message}`);
    if (exitCode === 2) console.error('See express-file-content --help.');
    process.exitCode = exitCode;
  }
}

async function serve(settings: ListenSettings, env: NodeJS.ProcessEnv): Promise<void> {
  // `| head -1` stops reading. Downloads go on without their lines.
  surviveFailedOutput();
  // Loaded only now, so that help works and the message is clear if Express is not installed.
  const { startGateway }: typeof import('./gateway') = require('./gateway');
  const { files, origin, source, isLocal, close } = await startGateway(settings, env);
  stopOnSignals({ inFlight: () => files.active().length, stop: close });
  if (!isLocal) {
    console.error(
      'Warning: anyone who can reach this machine can download, because the gateway does not authenticate. ' +
        'Without --host, only this machine can reach it.',
    );
  }
  console.error(`${source.description}
The gateway listens on ${origin}. Try:

  curl --fail-with-body -o content.bin ${origin}/v1/files/${source.fileId}/content

Each download is one line here, and on the page ${origin}/transfers/. Ctrl+C ends the gateway.
`);
}
