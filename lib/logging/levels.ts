import type { Outcome } from '../transfer/record';
import type { Optional } from '../values/optional';
import { ownMembers } from '../values/own-members';
import { type EntryLevel, OUTCOME_LEVELS } from './entry';

/** A logger's own level for each way that a transfer can end, and for its start. */
export type LogLevels = Readonly<Optional<Record<Outcome | 'started', string>>>;

/** Options of the adapters for pino and winston. */
export interface LevelOptions {
  /**
   * The logger's level for an outcome, or for `started`. Default: `started` is `debug`, `completed`, `handed_over` and `client_aborted`
   * are `info`, `rejected`, `upstream_error`, `client_stalled` and
   * `too_large` are `warn`, every other outcome is `error`.
   */
  levels?: LogLevels | undefined;
}

type EveryLevel = Readonly<Record<Outcome | 'started', string>>;

const DEFAULT_LEVELS: Readonly<Record<Outcome | 'started', EntryLevel>> = { started: 'debug', ...OUTCOME_LEVELS };

/** The same level under the name that another scheme has for it: syslog's levels have no `warn`. */
const SYNONYMS: Readonly<Record<EntryLevel, readonly string[]>> = {
  debug: ['debug'],
  info: ['info'],
  warn: ['warn', 'warning'],
  error: ['error'],
};

/**
 * Chooses the level for everything that is logged, once, so that a logger without it is found out at construction.
 *
 * @throws TypeError that names the outcome, the level and what the logger has
 */
export function parseLevels(factory: string, options: LevelOptions | undefined, known: readonly string[]): EveryLevel {
  const given = readLevels(factory, options);
  const levels: Record<string, string> = {};
  for (const [outcome, byDefault] of Object.entries(DEFAULT_LEVELS)) {
    const wanted = given[outcome];
    const candidates = wanted === undefined ? SYNONYMS[byDefault] : [wanted];
    const level = candidates.find((name) => known.includes(name));
    if (level === undefined) {
      throw new TypeError(
        `${factory}: the logger has no level ${JSON.stringify(candidates[0])} for "${outcome}"; ` +
          `write { levels: { ${outcome}: ... } } with one of ${known.join(', ')}`,
      );
    }
    levels[outcome] = level;
  }
  return Object.freeze(levels) as EveryLevel;
}

function readLevels(factory: string, options: LevelOptions | undefined): Readonly<Record<string, string | undefined>> {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${factory}: the options must be an object, got ${options === null ? 'null' : typeof options}`);
  }
  for (const name of Object.keys(options)) {
    if (name !== 'levels') throw new TypeError(`${factory}: unknown option "${name}"; the only option is "levels"`);
  }
  const { levels } = ownMembers(options);
  if (levels === undefined) return {};
  if (typeof levels !== 'object' || levels === null) {
    throw new TypeError(`${factory}: "levels" must be an object, got ${levels === null ? 'null' : typeof levels}`);
  }
  for (const [outcome, level] of Object.entries(levels)) {
    if (!Object.hasOwn(DEFAULT_LEVELS, outcome)) {
      throw new TypeError(
        `${factory}: unknown outcome "levels.${outcome}"; write one of ${Object.keys(DEFAULT_LEVELS).join(', ')}`,
      );
    }
    if (level !== undefined && typeof level !== 'string') {
      throw new TypeError(`${factory}: "levels.${outcome}" must be the name of a level, got ${typeof level}`);
    }
  }
  return levels;
}
