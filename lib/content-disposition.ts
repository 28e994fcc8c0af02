import { create, parse } from 'content-disposition';

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Node reads header bytes as latin1; most senders of other bytes mean UTF-8. */
function decodeHeaderText(value: string): string {
  if (PRINTABLE_ASCII.test(value)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}

/**
 * A Content-Disposition that downloads and never runs (T7): a valid ASCII `attachment` passes as it is, anything else,
 * also a name that is a path, is rebuilt as one, with `filename*` for a name that is not ASCII (RFC 6266).
 */
export function safeContentDisposition(value: string | undefined): string {
  if (value === undefined) return 'attachment';
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(decodeHeaderText(value));
  } catch {
    return 'attachment';
  }
  const filename = parsed.parameters['filename'];
  const isPath = filename !== undefined && /[/\\]/.test(filename);
  if (parsed.type === 'attachment' && PRINTABLE_ASCII.test(value) && !isPath) return value;
  return filename === undefined ? 'attachment' : contentDispositionFor(filename);
}

/** An `attachment` with this name, its path, control characters and halves of surrogate pairs removed. */
export function contentDispositionFor(filename: string): string {
  const base = filename.replace(/[\p{Cc}\p{Cs}]/gu, '').replace(/^.*[/\\]/, '');
  return base === '' ? 'attachment' : create(base);
}

/** The name that a Content-Disposition gives, if it can be read. */
export function filenameOf(value: string): string | undefined {
  try {
    return parse(decodeHeaderText(value)).parameters['filename'];
  } catch {
    return undefined;
  }
}
