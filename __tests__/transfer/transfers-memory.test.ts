import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { TransferListeners } from '../../lib/transfer/observers/adapters';
import { Transfer } from '../../lib/transfer/transfer';
import { Transfers } from '../../lib/transfer/transfers';
import type { ServedTransfer } from '../support/transfers';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void;

const ROUNDS = 100;
const PER_ROUND = 100;
const IN_FLIGHT = 20;
const MIB = 1024 * 1024;

function oldSpace(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0;
}

it('lets minor garbage collections free the transfers that are over', () => {
  const transfers = new Transfers();
  const listeners = new TransferListeners([]);
  let inFlight: ServedTransfer[] = [];
  const run = (rounds: number): void => {
    for (let count = 1; count <= rounds * PER_ROUND; count += 1) {
      const req = new IncomingMessage(new Socket());
      const transfer = new Transfer(req, new ServerResponse(req), 'files', 'file-1', listeners) as ServedTransfer;
      transfers.add(transfer);
      inFlight.push(transfer);
      if (inFlight.length > IN_FLIGHT) inFlight.shift()?.res.emit('close');
      if (count % PER_ROUND === 0) collect({ type: 'minor' });
    }
  };
  run(ROUNDS / 10);
  collect();
  const before = oldSpace();
  run(ROUNDS);
  const grown = oldSpace() - before;
  expect(transfers.describe()).toHaveLength(IN_FLIGHT);
  inFlight = [];
  // Those that are in flight at a collection survive it, some 11 MiB in all.
  expect(grown / MIB).toBeLessThan(18);
});
