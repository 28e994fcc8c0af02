import { describeKind } from '../values/describe-value';
import { invalidOption } from '../values/mistakes';
import { isRecord } from '../values/own-members';
import { optionalFunction, optionalText } from '../values/read-options';
import { checkFault } from './fake-fault';
import type { FakeFile } from './fake-file';

/**
 * Checks the members of a file other than its content and length.
 *
 * @param where the function that was called, which begins the message
 * @param prefix precedes a member's name in the message, such as `files.file-1.`
 *
 * @throws TypeError that names the member
 */
export function checkFile(where: string, prefix: string, file: Omit<FakeFile, 'content' | 'length'>): void {
  optionalText(where, `${prefix}contentType`, file.contentType);
  optionalText(where, `${prefix}filename`, file.filename);
  optionalFunction(where, `${prefix}gate`, file.gate);
  checkHeaders(where, `${prefix}headers`, file.headers);
  checkFault(where, `${prefix}fault`, file.fault);
}

function checkHeaders(where: string, option: string, headers: unknown): void {
  if (headers === undefined) return;
  if (!isRecord(headers)) throw invalidOption(where, option, 'an object of strings', describeKind(headers));
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string') throw invalidOption(where, `${option}.${name}`, 'a string', describeKind(value));
  }
}
