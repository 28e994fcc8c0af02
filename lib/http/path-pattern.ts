import { bodyParam } from './file-id';

/** The default name of the parameter that holds the file's id. */
export const FILE_ID_PARAM = 'fileId';

/** One segment of a path: text, or a parameter with text around it. */
interface Segment {
  readonly before: string;
  /** The parameter's name. Undefined if the segment is only text. */
  readonly name: string | undefined;
  readonly after: string;
}

/** A parsed path, such as `files/{fileId}/content`. */
export interface PathPattern {
  readonly segments: readonly Segment[];
  /** The parameter that names the file; the others only lead to it. */
  readonly fileIdParam: string;
}

/** Unreserved text, with at most one parameter in braces. */
const SEGMENT = /^([A-Za-z0-9._~:=-]*)(?:\{([A-Za-z][A-Za-z0-9]*)\}([A-Za-z0-9._~:=-]*))?$/;

/**
 * Parses a path.
 *
 * @throws TypeError whose message completes a sentence that begins with the option's name
 */
export function parsePath(path: string, fileIdParam: string): PathPattern {
  const segments = path.split('/').map(parseSegment);
  const names = segments.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new TypeError(`has the parameter {${twice}} twice`);
  if (!names.includes(fileIdParam)) throw new TypeError(`must have the parameter {${fileIdParam}}`);
  return Object.freeze({ segments: Object.freeze(segments), fileIdParam });
}

/** Writes a path in the form of Express, with parameters in snake case: `/files/:file_id/content`. */
export function expressPath({ segments }: PathPattern): string {
  return segments
    .map(({ before, name, after }) => `/${before}${name === undefined ? '' : `:${bodyParam(name)}`}${after}`)
    .join('');
}

function parseSegment(text: string): Segment {
  const match = SEGMENT.exec(text);
  if (!match || text === '' || text === '.' || text === '..') {
    throw new TypeError(
      `has the segment ${JSON.stringify(text)}; write text, {name}, or text around a {name}, without a slash at either end`,
    );
  }
  const [, before = '', name, after = ''] = match;
  return Object.freeze({ before, name, after });
}

/**
 * Reads the parameters of a path, still percent-encoded.
 *
 * @param isWide whether the file's id may span several segments
 * @returns undefined if the path does not match
 */
export function matchSegments(
  { segments: expected, fileIdParam }: PathPattern,
  given: readonly string[],
  isWide: boolean,
): Record<string, string> | undefined {
  const surplus = given.length - expected.length;
  if (isWide ? surplus < 1 : surplus !== 0) return undefined;
  const params: Record<string, string> = {};
  let at = 0;
  for (const { before, name, after } of expected) {
    const isFileId = isWide && name === fileIdParam;
    const text = isFileId ? given.slice(at, at + surplus + 1).join('/') : (given[at] ?? '');
    at += isFileId ? surplus + 1 : 1;
    if (name === undefined) {
      if (text !== before) return undefined;
    } else if (text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after)) {
      params[name] = text.slice(before.length, text.length - after.length);
    } else return undefined;
  }
  return params;
}
