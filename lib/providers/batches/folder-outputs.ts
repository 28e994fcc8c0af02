import { FileContentError, fileNotFound } from '../../errors';
import type { ObjectReference } from '../object-reference';
import type { RowsRequest } from './opened-rows';

/** An object of a listing. */
export interface StoredObject {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
}

/** Lists the objects directly in a folder, whose key ends with a slash. */
export type ListFolder = (folder: ObjectReference, request: RowsRequest) => AsyncIterable<StoredObject>;

/** A job has one output for each of its inputs, or some thousand shards of a single one. */
const MAX_OBJECTS = 100_000;

/**
 * The names that jobs give their outputs: Bedrock `{input}.jsonl.out`, beside `manifest.json.out`; Vertex AI
 * `predictions.jsonl`, or its shards `predictions.jsonl-00000-of-00010`.
 */
const OUTPUT = /^(?:.+\.jsonl\.out|predictions?\.(?:jsonl|results)(?:-\d{1,9}-of-\d{1,9})?)$/;
const SHARD = /^(.*)-(\d{1,9})-of-(\d{1,9})$/;

/**
 * Finds the outputs of a batch job in a folder, in the order of their rows.
 *
 * @throws FileContentError `file_not_found` if there is none, `provider_invalid_response` if a shard is missing
 */
export async function findOutputs(
  objects: AsyncIterable<StoredObject>,
  folder: ObjectReference,
  provider: string,
): Promise<readonly StoredObject[]> {
  const outputs: StoredObject[] = [];
  let count = 0;
  for await (const object of objects) {
    count += 1;
    if (count > MAX_OBJECTS) throw incomplete(provider, `the folder has more than ${MAX_OBJECTS} objects`);
    if (OUTPUT.test(object.key.slice(folder.key.length))) outputs.push(object);
  }
  if (outputs.length === 0) {
    const cause = new Error(`None of the ${count} objects in the folder is the output of a batch.`);
    throw fileNotFound({ provider, cause });
  }
  outputs.sort(inOrder);
  requireAllShards(outputs, provider);
  return outputs;
}

/** Sorts shards by number, and other outputs by name, character by character, as stores list them. */
function inOrder({ key: one }: StoredObject, { key: other }: StoredObject): number {
  const [, name, index] = SHARD.exec(one) ?? [];
  const [, otherName, otherIndex] = SHARD.exec(other) ?? [];
  if (name !== undefined && name === otherName) return Number(index) - Number(otherIndex);
  return one < other ? -1 : 1;
}

/** A shard that is missing, or that two runs of a job wrote, would make an incomplete file that looks complete. */
function requireAllShards(outputs: readonly StoredObject[], provider: string): void {
  const whole = new Set(outputs.map(({ key }) => key));
  /** Of each output: how many shards it has been seen to have, and how many it says that it has. */
  const shards = new Map<string, { seen: number; total: number }>();
  for (const { key } of outputs) {
    const [, name, index, total] = SHARD.exec(key) ?? [];
    if (name === undefined) continue;
    const set = shards.get(name) ?? { seen: 0, total: Number(total) };
    shards.set(name, set);
    if (set.total !== Number(total) || set.seen !== Number(index) || whole.has(name)) {
      throw incomplete(provider, `${key} does not go with the other shards in the folder`);
    }
    set.seen += 1;
  }
  for (const { seen, total } of shards.values()) {
    if (seen !== total) throw incomplete(provider, `${seen} of ${total} shards are in the folder`);
  }
}

function incomplete(provider: string, what: string): FileContentError {
  return new FileContentError('provider_invalid_response', 'The output of the batch is not complete.', {
    provider,
    cause: new Error(what),
  });
}
