import type { Outcome } from '../transfer/record';
import { describeValue } from '../values/describe-value';
import { invalidOption } from '../values/mistakes';
import type { Optional } from '../values/optional';
import { optionalText, readGroup, readOptions } from '../values/read-options';
import { type EntryLevel, OUTCOME_LEVELS } from './entry';

/** A logger's own level for each way that a transfer can end, and for its start. */
export type LogLevels = Readonly<Optional<Record<Outcome | 'started', string>>>;

/** Options of the adapters for pino and winston. */
export interface LevelOptions {
  /**
   * The logger's level for an outcome, or for `started`. Default: `started` is `debug`, `completed`, `handed_over` and
   * `client_aborted` are `info`, `rejected`, `upstream_error`, `client_stalled` and `too_large` are `warn`, every other
   * outcome is `error`.
   */
  levels?: LogLevels | undefined;
}

type EveryLevel = Readonly<Record<Outcome | 'started', string>>;

const DEFAULT_LEVELS: Readonly<Record<Outcome | 'started', EntryLevel>> = { started: 'debug', ...OUTCOME_LEVELS };

/** Other names for a level: syslog's levels have `warning` instead of `warn`. */
const SYNONYMS: Readonly<Record<EntryLevel, readonly string[]>> = {
  debug: ['debug'],
  info: ['info'],
  warn: ['warn', 'warning'],
  error: ['error'],
};

/**
 * Chooses the level for each outcome at construction, so that a level which the logger does not have is found then.
 *
 * @throws TypeError that names the outcome, the level and the levels of the logger
 */
export function parseLevels(factory: string, options: LevelOptions | undefined, known: readonly string[]): EveryLevel {
  const given = readLevels(factory, options);
  const levels: Record<string, string> = {};
  for (const [outcome, byDefault] of Object.entries(DEFAULT_LEVELS)) {
    const wanted = given[outcome];
    const candidates = wanted === undefined ? SYNONYMS[byDefault] : [wanted];
    const level = candidates.find((name) => known.includes(name));
    if (level === undefined) {
      const got = `${describeValue(candidates[0])}, which the logger does not have`;
      throw invalidOption(factory, `levels.${outcome}`, `one of ${known.join(', ')}`, got);
    }
    levels[outcome] = level;
  }
  return Object.freeze(levels) as EveryLevel;
}

function readLevels(factory: string, options: LevelOptions | undefined): Readonly<Record<string, string | undefined>> {
  if (options === undefined) return {};
  const { levels } = readOptions(factory, options, { levels: true });
  const given = readGroup(factory, 'levels', levels, Object.keys(DEFAULT_LEVELS));
  for (const [outcome, level] of Object.entries(given)) optionalText(factory, `levels.${outcome}`, level);
  return given as Readonly<Record<string, string | undefined>>;
}
