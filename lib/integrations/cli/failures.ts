import { type ListenSettings, UsageError } from './arguments';

/** A failure in words, and the exit status. */
export interface Failure {
  readonly message: string;
  readonly exitCode: 1 | 2;
}

/** Describes what prevented the start. An error of any other kind keeps its stack. */
export function describeFailure(error: unknown, settings?: ListenSettings): Failure {
  if (error instanceof UsageError) return { message: error.message, exitCode: 2 };
  if (!(error instanceof Error)) return { message: String(error), exitCode: 1 };
  const code = String(Reflect.get(error, 'code'));
  const message =
    missingExpress(code, error) ?? (settings && listenFailure(code, settings)) ?? error.stack ?? error.message;
  return { message, exitCode: 1 };
}

function missingExpress(code: string, { message }: Error): string | undefined {
  if (code !== 'MODULE_NOT_FOUND' || !/'express'/.test(message)) return undefined;
  return (
    'Express is not installed, and the gateway needs it: npm install express\n' +
    'Without a project: npx --package=express --package=express-file-content express-file-content'
  );
}

function listenFailure(code: string, { host, port }: ListenSettings): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use by another program. Use another port, or any free one: --port 0`;
    case 'EACCES':
      return `Port ${port} on ${host} may not be used by this user. Use a port above 1023: --port 3000`;
    case 'EADDRNOTAVAIL':
      return `${host} is not an address of this machine. Use --host 127.0.0.1, or --host 0.0.0.0 for every address.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} is not an address, and no address was found for the name. Use --host 127.0.0.1`;
    default:
      return undefined;
  }
}
