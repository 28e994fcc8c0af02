import { BATCH_OUTPUT_OPTIONS, type BatchOutputOptions, withBatchOutput } from '../../batch/batch-output';
import type { LocatedProvider } from '../../provider';
import { readOptions } from '../../values/read-options';
import { S3_OPTIONS, type S3Options, s3Store } from './s3';

/** The options of {@link bedrock}. */
export interface BedrockOptions extends S3Options, BatchOutputOptions {
  /** Written to records. Default `bedrock`. */
  name?: string | undefined;
}

/**
 * Amazon Bedrock, whose files are objects of S3: an id is `s3://bucket/key`, or a key with `bucket`. The output of a
 * batch is `{prefix}/{job}/{input}.jsonl.out`.
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
  const files = s3Store('bedrock', 'bedrock', store);
  return withBatchOutput('bedrock', files, { batchOutput, batchDelivery, maxLineBytes, batchModel }, 'bedrock');
}
