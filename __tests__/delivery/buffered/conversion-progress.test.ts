import { openaiCompatible } from '../../../lib';
import { convertContent } from '../../../lib/delivery/buffered/function-content';
import { Spool } from '../../../lib/delivery/buffered/spool';
import { createSpoolSpace } from '../../../lib/delivery/buffered/spool-space';
import { parseOptions } from '../../../lib/options/parse-options';
import { createAgents } from '../../../lib/upstream/agents/agents';
import { resolvedTransfer, startTransfers } from '../../support/transfers';
import { WatchdogNotes } from '../../support/watchdog-notes';

test('a provider that reads the file which it converts counts as active', async () => {
  await using server = await startTransfers();
  const { transfer } = await server.open();
  const settings = parseOptions({ resolveProvider: () => undefined });
  const space = createSpoolSpace(settings.buffer);
  const agents = createAgents({});
  const watchdog = new WatchdogNotes();
  const spool = new Spool(space);
  await spool.write(Buffer.alloc(200_000));
  await spool.end();
  const original = { status: 200, headers: {}, size: 200_000, spool, certainty: 'yes', added: {} } as const;
  const signs: number[] = [];
  const provider = {
    ...openaiCompatible({ name: 'held', baseURL: 'https://api.held.test/v1' }),
    async convert({ body }: { readonly body: Uint8Array | AsyncIterable<Uint8Array> }) {
      for await (const _chunk of body) signs.push(watchdog.lines.length);
      return { body: Buffer.from('a') };
    },
  };
  const resolved = resolvedTransfer({ provider });
  const job = { transfer, resolved, watchdog, settings, space, agents, freshAgents: agents };
  const converted = await convertContent(job, original, provider);
  expect(signs.length).toBeGreaterThan(1);
  expect(signs).toEqual(signs.map((_, index) => index + 1));
  await converted.spool?.close();
});
