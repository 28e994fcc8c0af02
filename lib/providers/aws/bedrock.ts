import { BATCH_OUTPUT_OPTIONS, type BatchOutputOptions, withBatchOutput } from '../../batch/batch-output';
import type { LocatedProvider } from '../../provider-contract/provider';
import { readOptions } from '../../values/read-options';
import { withBatchFolders } from '../batches/batch-folder';
import { S3_OPTIONS, type S3Options, s3Folders } from './s3';

/** Options of {@link bedrock}. */
export interface BedrockOptions extends S3Options, BatchOutputOptions {
  /** The name that is written to records. Defaults to `bedrock`. */
  name?: string | undefined;
}

/**
 * Makes a provider for Amazon Bedrock, whose files are objects of S3: an id is `s3://bucket/key`, or a key with
 * `bucket`. The output of a batch is `{prefix}/{job}/{input}.jsonl.out`; the id of the job's folder,
 * `s3://bucket/{prefix}/{job}/`, stands for all of its outputs, one after the other.
 *
 * @example
 * bedrock({ region: 'us-east-1', bucket: 'batches', batchOutput: 'openai' })
 *
 * @throws TypeError for options that cannot work.
 */
export function bedrock(options: BedrockOptions): LocatedProvider {
  const { batchOutput, batchDelivery, maxLineBytes, batchModel, ...store } = readOptions('bedrock', options, {
    ...S3_OPTIONS,
    ...BATCH_OUTPUT_OPTIONS,
  });
  const files = withBatchFolders(s3Folders('bedrock', 'bedrock', store));
  return withBatchOutput('bedrock', files, { batchOutput, batchDelivery, maxLineBytes, batchModel }, 'bedrock');
}
