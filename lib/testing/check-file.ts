import { optionalFunction, optionalStrings, optionalText } from '../values/read-options';
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
  optionalStrings(where, `${prefix}headers`, file.headers);
  checkFault(where, `${prefix}fault`, file.fault);
}
