import type { BatchUsage, TokenUsage } from '../../transfer/observers/usage';
import type { RowResult } from '../dialects/row';
import { LONG_TEXT } from './row-outline';

/** The parts of a row that are counted. */
export type CountedRow = Pick<RowResult, 'model' | 'usage' | 'error'>;

/** A hostile file may name a different model in each row. */
const MAX_MODELS = 1000;
/** No model has a longer name, in characters; in 1,000 of them there would be room for a gigabyte. */
const MAX_NAME = 128;

/** Adds up the usage of rows. */
export class UsageCounter {
  #rows = 0;
  #failed = 0;
  #withoutUsage = 0;
  readonly #total = noTokens();
  readonly #byModel = new Map<string, TokenUsage & { rows: number }>();

  /** The number of rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Counts one row. */
  add({ model, usage, error }: CountedRow): void {
    this.#rows += 1;
    if (error !== null) this.#failed += 1;
    else if (usage === undefined) this.#withoutUsage += 1;
    if (usage === undefined && model === undefined) return;
    const ofModel = this.#of(model ?? 'unknown');
    ofModel.rows += 1;
    if (usage === undefined) return;
    addTokens(this.#total, usage);
    addTokens(ofModel, usage);
  }

  /** The counts so far, as a copy. */
  result(): BatchUsage {
    return {
      rows: this.#rows,
      failed: this.#failed,
      withoutUsage: this.#withoutUsage,
      total: { ...this.#total },
      byModel: Object.fromEntries([...this.#byModel].map(([model, usage]) => [model, { ...usage }])),
    };
  }

  #of(model: string): TokenUsage & { rows: number } {
    const isNew = !this.#byModel.has(model);
    const isOther = isNew && (this.#byModel.size >= MAX_MODELS || model.length > MAX_NAME || model === LONG_TEXT);
    const name = isOther ? 'other' : model;
    let usage = this.#byModel.get(name);
    if (usage === undefined) {
      usage = { rows: 0, ...noTokens() };
      this.#byModel.set(name, usage);
    }
    return usage;
  }
}

function noTokens(): TokenUsage {
  return { inputTokens: 0, outputTokens: 0, totalTokens: 0 };
}

function addTokens(sum: TokenUsage, usage: TokenUsage): void {
  sum.inputTokens += usage.inputTokens;
  sum.outputTokens += usage.outputTokens;
  sum.totalTokens += usage.totalTokens;
  // Absent if no row has any.
  if (usage.cachedInputTokens) sum.cachedInputTokens = (sum.cachedInputTokens ?? 0) + usage.cachedInputTokens;
  if (usage.reasoningTokens) sum.reasoningTokens = (sum.reasoningTokens ?? 0) + usage.reasoningTokens;
}
