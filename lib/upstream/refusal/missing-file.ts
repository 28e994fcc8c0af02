/** Messages about a path that a server does not have, in words that none uses about a missing file. */
const UNKNOWN_PATH = [
  // OpenAI: "Invalid URL (GET /files/file-1/content)".
  /^Invalid URL \(/,
  // Express and what is built on it.
  /^Cannot (?:GET|HEAD) \//,
  // FastAPI: {"detail":"Not Found"}.
  /^Not Found$/,
  // Go's http.NotFound.
  /^404 page not found$/,
];

const HINT = 'It does not know this path: compare "baseURL" with the address in its documentation';

const PAGE = /^\s*<(?:!doctype|html)/i;

const LONGEST_WORDS = 300;

/** What is known of a 404. */
export interface MissingFile {
  readonly provider: string;
  /** The path that was requested. Undefined if the provider's function made the request. */
  readonly path: string | undefined;
  /** The provider's message, if there is one. */
  readonly message: string | undefined;
  readonly body: string;
  readonly redact: (text: string) => string;
}

/**
 * Makes the cause in the record of a 404: what was requested, what the provider said, and whether it has such paths at
 * all. A base URL that lacks its `/v1`, or has one too many, makes every file look missing.
 */
export function missingFileCause({ provider, path, message, body, redact }: MissingFile): Error {
  const said = message ?? plainText(body);
  const answered = `${provider} answered with status 404${path === undefined ? '' : ` to ${redact(path)}`}`;
  if (said === undefined) return new Error(PAGE.test(body) ? `${answered}, with a page of HTML` : answered);
  const isPathUnknown = UNKNOWN_PATH.some((pattern) => pattern.test(said));
  const hint = isPathUnknown ? `. ${HINT}` : '';
  return new Error(`${answered}: ${JSON.stringify(redact(said).slice(0, LONGEST_WORDS))}${hint}`);
}

/** A short text that is neither JSON nor markup. */
function plainText(body: string): string | undefined {
  const text = body.trim();
  return text === '' || text.length > LONGEST_WORDS || /^[<{["]/.test(text) ? undefined : text;
}
