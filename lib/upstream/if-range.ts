import { ifRangeHolds } from '../http/conditions';
import { headerText } from '../http/header-values';
import { headersOf } from '../http/message-headers';
import type { Transfer } from '../transfer/transfer';
import { ownMember } from '../values/own-members';
import type { Answer } from './request-head';

/** The client's If-Range, where its Range was sent. Its own is read, as Connection may keep it from being forwarded. */
function ifRangeOf({ sentHeaders }: Answer, { req }: Transfer): string | undefined {
  const range = ownMember(headersOf(req), 'range');
  if (range === undefined || ownMember(sentHeaders, 'range') !== range) return undefined;
  return headerText(headersOf(req), 'if-range');
}

/** Does a response carry the validator that the client named in If-Range? */
export function isNamedVersion({ response }: Pick<Answer, 'response'>, ifRange: string): boolean {
  const etag = headerText(headersOf(response), 'etag');
  return ifRangeHolds(ifRange, { etag, lastModified: headerText(headersOf(response), 'last-modified') });
}

/**
 * The client's If-Range, where the provider honoured the Range of a content that does not prove to be that version. Object
 * stores ignore If-Range; a client that resumes would join two versions. A Range may also lie outside a newer, shorter one.
 *
 * @see RFC 9110, section 13.1.5
 */
export function unprovenIfRange(answer: Answer, transfer: Transfer): string | undefined {
  const { statusCode } = answer.response;
  if (statusCode !== 206 && statusCode !== 416) return undefined;
  const ifRange = ifRangeOf(answer, transfer);
  return ifRange === undefined || isNamedVersion(answer, ifRange) ? undefined : ifRange;
}
