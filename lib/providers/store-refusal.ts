import type { RefusalMeaning } from '../provider-contract/provider';

/**
 * Messages for refusals that all object stores have in common. None of them names a bucket, a region or a key, which
 * the client must not learn.
 */
export const STORE_MESSAGES = {
  /** Stores give the same response for a file that may not be read and for one that does not exist. */
  denied: "The provider denied access: the gateway's credential may not read this file, or there is no such file.",
  archived: 'The file is archived and has to be restored before it can be read.',
  clock: "The gateway's clock differs too much from the provider's.",
  encryption: 'The provider cannot decrypt the file with what the gateway is set up to send.',
  place: 'The gateway could not determine where this file is held.',
} as const;

/**
 * Classifies a missing bucket. A missing fixed bucket is a mistake in the gateway's configuration; a missing bucket
 * from a file id means that the file does not exist.
 */
export function missingPlace(isFixed: boolean): RefusalMeaning {
  return isFixed ? { code: 'resolver_failed', message: STORE_MESSAGES.place } : { code: 'file_not_found' };
}

/**
 * Reads the text of an element, such as `<Code>` or `<Message>`, in an error of S3, Azure or Cloud Storage's XML API.
 */
export function elementOf(
  body: Buffer,
  element: 'Code' | 'Message' | 'ArgumentName' | 'AuthenticationErrorDetail',
): string {
  const text = body.toString('latin1');
  const start = text.indexOf(`<${element}>`);
  if (start === -1) return '';
  const from = start + element.length + 2;
  const end = text.indexOf('<', from);
  return end === -1 ? '' : text.slice(from, end).trim();
}
