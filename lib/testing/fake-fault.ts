import { describeKind } from '../values/describe-value';
import { invalidOption } from '../values/mistakes';
import { isRecord } from '../values/own-members';
import { optionalStrings, readGroup, requireInteger, requireOneOf } from '../values/read-options';

/** Describes what goes wrong with a file: a cut connection, a stall, or an error response. */
export type FakeFault =
  | {
      /** `cut` ends the connection in the middle of the body. */
      readonly kind: 'cut';
      /** The number of bytes of the body that are sent first. */
      readonly afterBytes: number;
      /** `fin` closes the connection. `rst` resets it, which may lose some of the last bytes. */
      readonly by: 'fin' | 'rst';
      /** The number of requests that fail; later ones are served. Defaults to every request. */
      readonly times?: number | undefined;
    }
  | {
      /** `stall` sends nothing more and keeps the connection open. */
      readonly kind: 'stall';
      /** The number of bytes of the body that are sent first. Defaults to stalling before the headers. */
      readonly afterBytes?: number | undefined;
      /** The number of requests that fail; later ones are served. Defaults to every request. */
      readonly times?: number | undefined;
    }
  | {
      /** `status` sends an error response in OpenAI's shape. */
      readonly kind: 'status';
      /** The HTTP status of the response. */
      readonly status: number;
      /** The `error.message` of the body. Defaults to a general sentence. */
      readonly message?: string | undefined;
      /** Headers of the response. Defaults to none. */
      readonly headers?: Readonly<Record<string, string>> | undefined;
      /** The number of requests that fail; later ones are served. Defaults to every request. */
      readonly times?: number | undefined;
    };

/** The members of each kind of fault. */
const FAULTS = {
  cut: ['kind', 'afterBytes', 'by', 'times'],
  stall: ['kind', 'afterBytes', 'times'],
  status: ['kind', 'status', 'message', 'headers', 'times'],
} as const satisfies Readonly<Record<FakeFault['kind'], readonly string[]>>;

/** @throws TypeError for an unknown kind of fault, an unknown member or a number that makes no sense */
export function checkFault(where: string, option: string, fault: FakeFault | undefined): void {
  if (fault === undefined) return;
  if (!isRecord(fault)) throw invalidOption(where, option, 'an object', describeKind(fault));
  const kind = requireOneOf(where, `${option}.kind`, fault.kind, ['cut', 'stall', 'status']);
  const { afterBytes, by, status, message, headers, times } = readGroup(where, option, fault, FAULTS[kind]);
  const count = (name: string, value: unknown, least: number, most: number) =>
    requireInteger(where, `${option}.${name}`, value, least, most);
  if (kind === 'cut' || afterBytes !== undefined) count('afterBytes', afterBytes, 0, Number.MAX_SAFE_INTEGER);
  if (kind === 'cut') requireOneOf(where, `${option}.by`, by, ['fin', 'rst']);
  if (kind === 'status') count('status', status, 200, 999);
  if (message !== undefined && typeof message !== 'string') {
    throw invalidOption(where, `${option}.message`, 'a string', describeKind(message));
  }
  optionalStrings(where, `${option}.headers`, headers);
  if (times !== undefined) count('times', times, 0, Number.MAX_SAFE_INTEGER);
}

/** Returns the fault of the next request for a file that was requested `served` times. */
export function currentFault(fault: FakeFault | undefined, served: number): FakeFault | undefined {
  return fault === undefined || (fault.times !== undefined && served >= fault.times) ? undefined : fault;
}
