import { type Dialect, readResult } from '../../lib/batch/dialects/dialects';
import type { RowResult } from '../../lib/batch/dialects/row';

/** A chat completion as a test looks at it. */
export interface Body {
  readonly id: string;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly finish_reason: string;
    readonly message: Readonly<Record<string, unknown>> & {
      readonly tool_calls?: readonly { readonly id: string; readonly function: { readonly arguments: string } }[];
      readonly annotations?: readonly unknown[];
      readonly provider_specific_fields?: { readonly content: readonly unknown[] };
    };
    readonly logprobs: unknown;
    readonly provider_specific_fields?: Readonly<Record<string, unknown>>;
  }[];
  readonly usage: Readonly<Record<string, unknown>>;
  readonly provider_specific_fields?: Readonly<Record<string, unknown>>;
}

/** What is read of a row. */
export function resultOf(dialect: Dialect, row: unknown): RowResult {
  return readResult(dialect, row, { created: 1, rowId: 'batch_req_1' });
}

/** The body that a provider's answer becomes. */
export function bodyOf(dialect: 'gemini' | 'vertex' | 'bedrock' | 'anthropic', answer: unknown): Body {
  const row = {
    gemini: { key: 'k', response: answer },
    vertex: { custom_id: 'k', response: answer },
    bedrock: { recordId: 'k', modelInput: {}, modelOutput: answer },
    anthropic: { custom_id: 'k', result: { type: 'succeeded', message: answer } },
  }[dialect];
  const { body, error } = resultOf(dialect, row);
  expect(error).toBeNull();
  return body as Body;
}
