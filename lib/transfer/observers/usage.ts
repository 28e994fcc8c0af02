/** The numbers of tokens of one request, or of many. */
export interface TokenUsage {
  /** The tokens of the prompt, including cached ones. */
  inputTokens: number;
  /** The tokens of the result, including the model's reasoning. */
  outputTokens: number;
  /** Input and output together. */
  totalTokens: number;
  /** The part of `inputTokens` that was read from a cache. */
  cachedInputTokens?: number;
  /** The part of `outputTokens` that the model used for its reasoning. */
  reasoningTokens?: number;
}

/** The numbers of rows and tokens in a batch's output. */
export interface BatchUsage {
  /** The number of rows, including those that cannot be read. Blank lines do not count. */
  rows: number;
  /** The number of rows of failed requests, and of rows that cannot be read. */
  failed: number;
  /** The number of rows of successful requests without a token count. */
  withoutUsage: number;
  /** The tokens of all rows. */
  total: TokenUsage;
  /**
   * The same for each model. A row with tokens that names no model counts as `unknown`. Beyond 1,000 models, the rest
   * is `other`, and so is a name of more than 128 characters.
   */
  byModel: Readonly<Record<string, ModelUsage>>;
}

/** The numbers of rows and tokens of one model. */
export interface ModelUsage extends TokenUsage {
  /** The number of rows that name the model. */
  rows: number;
}
