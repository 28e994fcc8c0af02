/** Tells a credential function that the provider refused its last credential. */
export interface CredentialRequest {
  /** Always `true`: get a new credential instead of a cached one. */
  readonly refused: true;
  /** The number of the request to the provider that the credential is for: 2 after the first was refused. */
  readonly attempt: number;
}

/**
 * A secret, or a function that returns it. The function is called for every attempt, so that tokens can be refreshed.
 * After a 401, or if the provider says that the credential is no longer valid, it is called again with `{ refused: true
 * }`; otherwise without an argument.
 *
 * @example
 * const apiKey: Credential = (request) => tokens.get({ forceRefresh: request?.refused === true });
 *
 */
export type Credential = string | ((request?: CredentialRequest) => string | Promise<string>);
