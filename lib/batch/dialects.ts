import { readBedrockRow } from './bedrock';
import type { ReadRow } from './row';
import { readVertexRow } from './vertex';

/** Whose rows are read. A name and not a function, so that it can be told to another thread. */
export type Dialect = 'bedrock' | 'vertex';

export const READERS: Readonly<Record<Dialect, ReadRow>> = { bedrock: readBedrockRow, vertex: readVertexRow };
