import { BATCH_OUTPUT_OPTIONS, type BatchOutputOptions, withBatchOutput } from '../../batch/batch-output';
import type { LocatedProvider } from '../../provider-contract/provider';
import { readOptions } from '../../values/read-options';
import { withBatchFolders } from '../batches/batch-folder';
import { GCS_OPTIONS, type GCSOptions, gcsFolders } from './gcs';

/** Options of {@link vertexAI}. */
export interface VertexAIOptions extends GCSOptions, BatchOutputOptions {
  /** The name that is written to records. Defaults to `vertex_ai`. */
  name?: string | undefined;
}

/**
 * Makes a provider for Vertex AI, whose files are objects of Google Cloud Storage: an id is `gs://bucket/object`, or an
 * object name with `bucket`.
 *
 * @example
 * vertexAI({ bucket: 'batches', accessToken: () => tokens.current(), batchOutput: 'openai' })
 *
 * @throws TypeError for options that cannot work.
 */
export function vertexAI(options: VertexAIOptions): LocatedProvider {
  const { batchOutput, batchDelivery, maxLineBytes, batchModel, ...store } = readOptions('vertexAI', options, {
    ...GCS_OPTIONS,
    ...BATCH_OUTPUT_OPTIONS,
  });
  const files = withBatchFolders(gcsFolders('vertexAI', 'vertex_ai', store));
  return withBatchOutput('vertexAI', files, { batchOutput, batchDelivery, maxLineBytes, batchModel }, 'vertex');
}
