/** Transfers that only the test moves on, without a router. */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { openaiCompatible, type TransferRecord, type TransferStart } from '../../lib/index';
import { TransferListeners } from '../../lib/transfer/observers/adapters';
import type { ResolvedTransfer } from '../../lib/transfer/resolved-transfer';
import { Transfer } from '../../lib/transfer/transfer';
import { createApp } from './gateway';
import { listenLocally } from './local-server';
import { connectRaw, type RawClient, type RawRequest, requestBytes } from './raw-client';

/** A transfer of a client's request. */
export type ServedTransfer = Transfer & { readonly req: IncomingMessage; readonly res: ServerResponse };

/** A transfer that only the test moves on, and its client at the other end of the connection. */
export interface OpenTransfer {
  readonly transfer: ServedTransfer;
  readonly client: RawClient;
}

export interface TransferServer extends AsyncDisposable {
  readonly starts: readonly TransferStart[];
  readonly records: readonly TransferRecord[];
  /** Sends a request on a connection of its own, or on that of `client`. */
  open(request?: RawRequest, client?: RawClient): Promise<OpenTransfer>;
  /** Takes a stream for a connection, as servers in tests and tunnels do, and sends a request through its other end. */
  openThrough(connection: Duplex, otherEnd: Duplex): Promise<ServedTransfer>;
  /** Fulfilled when `count` records have been written. */
  recorded(count: number): Promise<readonly TransferRecord[]>;
}

/** An application on 127.0.0.1 that makes a transfer of every request and does nothing with it. */
export async function startTransfers(): Promise<TransferServer> {
  const starts: TransferStart[] = [];
  const records: TransferRecord[] = [];
  const clients: RawClient[] = [];
  const events = new EventEmitter();
  const listeners = new TransferListeners([
    {
      started: (start) => void starts.push(start),
      finished(record) {
        records.push(record);
        events.emit('record');
      },
    },
  ]);
  const app = createApp();
  app.use((req, res) => {
    events.emit('transfer', new Transfer(req, res, 'files', 'file-1', listeners));
  });
  const server = createServer(app);
  const port = await listenLocally(server);
  return {
    starts,
    records,
    async open(request, client) {
      const through = client ?? (await connectRaw(port));
      clients.push(through);
      const arrived: Promise<ServedTransfer[]> = once(events, 'transfer');
      through.send(requestBytes(request));
      const [transfer] = await arrived;
      return { transfer: transfer!, client: through };
    },
    async openThrough(connection, otherEnd) {
      const arrived: Promise<ServedTransfer[]> = once(events, 'transfer');
      server.emit('connection', connection);
      otherEnd.write(requestBytes());
      const [transfer] = await arrived;
      return transfer!;
    },
    async recorded(count) {
      while (records.length < count) await once(events, 'record');
      return records;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What a resolver's answer has become, as the router would leave it on a transfer. */
export function resolvedTransfer(more: Partial<ResolvedTransfer> = {}): ResolvedTransfer {
  return {
    provider: openaiCompatible({ name: 'held', baseURL: 'https://api.held.test/v1' }),
    fileId: 'file-1',
    delivery: 'stream',
    tenant: undefined,
    responseHeaders: {},
    context: undefined,
    ...more,
  };
}
