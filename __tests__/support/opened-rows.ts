/** What a provider of batch results opens for an id, and its text. */
import type { LocatedProvider, LocateRequest } from '../../lib';
import type { OpenedRows } from '../../lib/providers/batches/opened-rows';
import { locateRequest } from './locate-request';

export async function openContent(
  provider: LocatedProvider,
  changes: Partial<LocateRequest>,
): Promise<OpenedRows | undefined> {
  return (await provider.openContent?.(locateRequest(changes))) as OpenedRows | undefined;
}

export async function textOf(opened: OpenedRows | undefined): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of opened?.body ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
