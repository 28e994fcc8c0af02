import { FileContentError } from '../errors';
import { printableJSON } from '../values/printable';

/** Unified ids that list many models are long; no identifier of a provider comes near this. */
const MAX_LENGTH = 2048;

/** Characters of an invalid id that a record shows. */
const MAX_PRINTED = 256;

/**
 * What an id may look like: it begins with a letter or a digit, so that neither `.`, `..`, `__proto__` nor a flag of a
 * command line can be one, and holds nothing that a URL, a header or a file system reads as a separator.
 */
const GRAMMAR = /^[A-Za-z0-9][A-Za-z0-9._~:=-]*$/;

/** How OpenAI's API spells a parameter of a route: `containerId` is `container_id`, and `fileId` is `file_id`. */
export function bodyParam(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function refuse(param: string, problem: string): FileContentError {
  return new FileContentError('invalid_file_id', `Invalid ${param}: ${problem}.`, { body: { param } });
}

/**
 * Decodes a path segment once and checks the id in it. Decoding twice would let `%252e%252e` pass for `..`.
 *
 * @param param the name that the client's error message carries, such as `file_id`
 * @throws FileContentError `invalid_file_id` (400)
 */
export function parseFileId(rawSegment: string, param: string): string {
  if (rawSegment === '') throw refuse(param, 'it is empty');
  if (rawSegment.length > MAX_LENGTH) throw refuse(param, `it is longer than ${MAX_LENGTH} characters`);
  let id: string;
  try {
    id = decodeURIComponent(rawSegment);
  } catch {
    throw refuse(param, 'it is not valid percent-encoded UTF-8');
  }
  if (!GRAMMAR.test(id)) {
    throw refuse(
      param,
      "it must begin with a letter or a digit and have only letters, digits, '.', '_', '~', ':', '=' and '-'",
    );
  }
  return id;
}

/** An id as far as a log may carry it: what the client wrote, bounded, control characters escaped. */
export function printableId(rawSegment: string): string {
  if (rawSegment.length <= MAX_PRINTED && GRAMMAR.test(rawSegment)) return rawSegment;
  return printableJSON(JSON.stringify(rawSegment.slice(0, MAX_PRINTED))).slice(1, -1);
}
