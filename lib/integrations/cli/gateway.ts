import { once } from 'node:events';
import { type AddressInfo, isIPv6 } from 'node:net';
import express from 'express';
import { consoleLogger, createFileContent, type FileContent } from '../../index';
import { transferConsole } from '../console';
import type { ListenSettings } from './arguments';
import { isLoopback, onlyFromThisMachine, requireLocalName } from './local-names';
import { type FileSource, openSource } from './source';

/** A gateway that listens. */
export interface Gateway {
  readonly files: FileContent;
  /** The origin, with an address that a client on this machine can use. */
  readonly origin: string;
  readonly source: FileSource;
  /** Can only this machine reach it? */
  readonly isLocal: boolean;
  /** Stops listening, lets transfers in flight continue for a while, and ends every connection. */
  close(graceMs: number): Promise<void>;
}

/**
 * Starts the gateway of the README.
 *
 * @throws Error with the `code` of the system, if it cannot listen
 * @throws UsageError for a variable that cannot be used
 */
export async function startGateway({ host, port }: ListenSettings, env: NodeJS.ProcessEnv): Promise<Gateway> {
  const source = await openSource(env);
  const files = createFileContent({ resolveProvider: () => source.provider, logger: consoleLogger() });
  const app = express();
  app.disable('x-powered-by');
  app.use(requireLocalName);
  app.use('/v1', files.router);
  app.use('/transfers', onlyFromThisMachine, transferConsole(files));
  const server = app.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    await source.close();
    throw error;
  }
  const { address, port: bound } = server.address() as AddressInfo;
  return {
    files,
    source,
    origin: originOf(address, bound),
    isLocal: isLoopback(address),
    async close(graceMs) {
      server.close();
      await files.close({ graceMs });
      // What is left are connections without a request.
      server.closeAllConnections();
      await source.close();
    },
  };
}

/** The unspecified address stands for every address; a client needs one of them. */
function originOf(address: string, port: number): string {
  const reachable = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return `http://${isIPv6(reachable) ? `[${reachable}]` : reachable}:${port}`;
}
