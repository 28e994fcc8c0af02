import { readGroup, requireInteger, requireOneOf } from '../values/read-options';

/** Options of resuming a body that was cut off, without the client noticing. */
export interface ResumeOptions {
  /**
   * When a body that is cut off or stalls is resumed. `safe`: if the provider's response proves that the rest will be
   * of the same version, by ranges, a known size, no content coding and a strong `ETag`. `immutable`: you guarantee
   * that the file never changes, so ranges and a known size are enough. `off`: never. Defaults to `safe`.
   *
   * @see RFC 9110, sections 8.8.1 and 14.2
   */
  mode?: 'off' | 'safe' | 'immutable' | undefined;
  /**
   * How often one body is resumed, from `0` to `100`. There is no further attempt if the last one brought no bytes.
   * Defaults to `3`.
   */
  attempts?: number | undefined;
  /**
   * The number of bytes that are requested again and compared, from `0` to `1048576`, to detect a provider that sends
   * wrong bytes. `safe` compares at most 4096 of them. Defaults to `65536`.
   */
  overlapBytes?: number | undefined;
}

/** Options of resuming, as they apply to a transfer. */
export interface ResumeSettings {
  readonly mode: 'off' | 'safe' | 'immutable';
  readonly attempts: number;
  readonly overlapBytes: number;
}

export const DEFAULT_RESUME: ResumeSettings = Object.freeze({ mode: 'safe', attempts: 3, overlapBytes: 65_536 });

const MODES = ['off', 'safe', 'immutable'] as const;
const MOST_ATTEMPTS = 100;
const MOST_OVERLAP = 1_048_576;

/**
 * Reads the option `resume`.
 *
 * @param where the function that was given it, which begins the message
 * @throws TypeError
 */
export function readResume(where: string, value: unknown): Partial<ResumeSettings> {
  const { mode, attempts, overlapBytes } = readGroup(where, 'resume', value, Object.keys(DEFAULT_RESUME));
  return {
    ...(mode !== undefined && { mode: requireOneOf(where, 'resume.mode', mode, MODES) }),
    ...(attempts !== undefined && {
      attempts: requireInteger(where, 'resume.attempts', attempts, 0, MOST_ATTEMPTS),
    }),
    ...(overlapBytes !== undefined && {
      overlapBytes: requireInteger(where, 'resume.overlapBytes', overlapBytes, 0, MOST_OVERLAP),
    }),
  };
}
