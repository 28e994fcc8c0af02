import type { OutgoingHttpHeaders } from 'node:http';
import { extname } from 'node:path';
import { contentType as contentTypeOf } from 'mime-types';
import { describeValue } from '../values/describe-value';
import { contentDispositionFor, filenameOf } from './content-disposition';
import { MEDIA_TYPE, safeContentType } from './content-type';

/** Says whether a browser should download a file or show it. */
export type Disposition = 'attachment' | 'inline';

/** The file name, type and disposition that a resolution gives for the client. */
export interface Presentation {
  readonly disposition: Disposition;
  readonly filename: string | undefined;
  /** A media type, or `from-name`. */
  readonly contentType: string | undefined;
}

/**
 * Types that no browser executes, whatever the bytes are, as long as it does not guess another type (`nosniff`). PDF is
 * not among them: Chromium's viewer ignores the sandbox and runs a PDF's scripts.
 */
const SHOWN_WITHOUT_ORIGIN = new Set([
  'image/apng',
  'image/avif',
  'image/bmp',
  'image/gif',
  'image/heic',
  'image/heif',
  'image/jpeg',
  'image/jpg',
  'image/jxl',
  'image/png',
  'image/tiff',
  'image/vnd.microsoft.icon',
  'image/webp',
  'image/x-icon',
  'text/plain',
]);

/** No playlists (`audio/mpegurl`): they make the browser load other URLs. */
const PLAYED = new Set([
  'audio/3gpp',
  'audio/aac',
  'audio/flac',
  'audio/mp3',
  'audio/mp4',
  'audio/mpeg',
  'audio/ogg',
  'audio/opus',
  'audio/vnd.wave',
  'audio/wav',
  'audio/wave',
  'audio/webm',
  'audio/x-flac',
  'audio/x-m4a',
  'audio/x-wav',
  'video/3gpp',
  'video/matroska',
  'video/mp4',
  'video/mpeg',
  'video/ogg',
  'video/quicktime',
  'video/webm',
  'video/x-m4v',
  'video/x-matroska',
]);

/** `style-src` is for the styles of the page that a browser makes around an image or a text. */
const SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'";
/**
 * The page that a browser makes around audio or video requests the URL again. With an opaque origin that request would
 * be cross-origin and refused. `allow-same-origin` lets nothing run, because scripts stay disabled.
 */
const SANDBOX_WITH_ORIGIN =
  "sandbox allow-same-origin; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'";

const PRINTABLE = /^[\t\x20-\x7e]*$/;

/** Returns the Content-Security-Policy for a type that may be shown, or undefined for one that may not. */
function policyFor(contentType: string): string | undefined {
  // Browsers use the last value of a list that they understand (Fetch, "extract a MIME type").
  if (contentType.includes(',') || !PRINTABLE.test(contentType)) return undefined;
  const essence = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (SHOWN_WITHOUT_ORIGIN.has(essence)) return SANDBOX;
  return PLAYED.has(essence) ? SANDBOX_WITH_ORIGIN : undefined;
}

/**
 * Tells whether a browser may show a file of this type in the gateway's origin. Never HTML, SVG, XML, scripts or
 * unknown types.
 */
export function isSafeInline(contentType: string): boolean {
  return policyFor(contentType) !== undefined;
}

/** Returns the media type for a name's extension, or undefined if it has none or an unknown one. */
export function typeFromName(filename: string): string | undefined {
  const extension = extname(filename);
  return (extension !== '' && contentTypeOf(extension)) || undefined;
}

const MULTIPART = /^multipart\/byteranges[ \t]*(?:;|$)/i;

/**
 * Applies a resolution's file name, type and disposition to the headers of a success.
 *
 * @param crossOriginResourcePolicy set for a file that is shown, unless `headers` already have it
 */
export function present(
  headers: OutgoingHttpHeaders,
  status: number,
  { disposition, filename, contentType }: Presentation,
  crossOriginResourcePolicy: string | undefined,
): void {
  if (filename !== undefined) headers['content-disposition'] = contentDispositionFor(filename);
  const given = String(headers['content-disposition'] ?? 'attachment');
  const type = contentType === 'from-name' ? typeFromName(filenameOf(given) ?? '') : contentType;
  // A response with several ranges keeps the type of its envelope.
  const isEnvelope = status === 206 && MULTIPART.test(String(headers['content-type'] ?? ''));
  if (type !== undefined && !isEnvelope) headers['content-type'] = safeContentType(type);
  if (disposition === 'attachment') return;
  const shown = headers['content-type'];
  // A 304 usually names no type, and its headers replace those of the response that a browser has cached.
  const policy = shown === undefined && status === 304 ? SANDBOX_WITH_ORIGIN : policyFor(String(shown ?? ''));
  if (policy === undefined) return;
  headers['content-disposition'] = `inline${given.slice('attachment'.length)}`;
  const own = headers['content-security-policy'];
  // A browser enforces every policy in a list, so the gateway's own can only forbid more.
  headers['content-security-policy'] = own === undefined ? policy : `${String(own)}, ${policy}`;
  if (crossOriginResourcePolicy !== undefined) headers['cross-origin-resource-policy'] ??= crossOriginResourcePolicy;
}

/** The presentation that a store is asked to send to the client. */
export interface SignedPresentation {
  readonly disposition: Disposition;
  readonly filename?: string;
  readonly contentType?: string;
}

/**
 * Returns the presentation to sign into the URL to which a client is redirected. The stored object's type is not known
 * here, so a file is only shown inline if the resolution gives its type.
 */
export function presentationToSign(presentation: Presentation | undefined): SignedPresentation {
  if (presentation === undefined) return { disposition: 'attachment' };
  const { disposition, filename, contentType } = presentation;
  const given = contentType === 'from-name' ? typeFromName(filename ?? '') : contentType;
  const type = given && safeContentType(given);
  return {
    disposition: disposition === 'inline' && type !== undefined && isSafeInline(type) ? 'inline' : 'attachment',
    ...(filename === undefined ? undefined : { filename }),
    ...(type === undefined ? undefined : { contentType: type }),
  };
}

/** Checks these members of a resolution. Returns the end of an error message, or undefined if they are valid. */
export function presentationProblem(disposition: unknown, contentType: unknown): string | undefined {
  if (disposition !== undefined && disposition !== 'attachment' && disposition !== 'inline') {
    return `"disposition" must be 'attachment' or 'inline', got ${describeValue(disposition)}`;
  }
  if (contentType === undefined || contentType === 'from-name') return undefined;
  if (typeof contentType === 'string' && MEDIA_TYPE.test(contentType)) return undefined;
  return `"contentType" must be a media type such as 'image/png', or 'from-name', got ${describeValue(contentType)}`;
}
