/** Longer names are not compared: a name comes from a caller's object and may have any length. */
const LONGEST = 40;

/** Counts the letters to add, drop, change or swap with their neighbour (optimal string alignment distance). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1;
      let least = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + change,
      );
      const isSwap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) least = Math.min(least, (before[column - 2] ?? 0) + 1);
      current.push(least);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** Only letters and digits count: `content_type`, `Content-Type` and `contentType` are the same name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '');
}

/** Returns the known name that was probably meant, or undefined if none is close. */
export function likelyName(given: string, known: readonly string[]): string | undefined {
  if (given.length > LONGEST) return undefined;
  const wanted = plain(given);
  let best: { name: string; distance: number } | undefined;
  for (const name of known) {
    const candidate = plain(name);
    const found = distance(wanted, candidate);
    // A third of the letters may be wrong, and at least one.
    const isNear = found <= Math.max(1, Math.floor(Math.min(candidate.length, wanted.length) / 3));
    // `tenantId` is close to `tenant`. A known name as short as `id` is not matched this way: too many names end with
    // it.
    const isLonger = candidate.length > 3 && (wanted.startsWith(candidate) || wanted.endsWith(candidate));
    if ((isNear || isLonger) && (best === undefined || found < best.distance)) best = { name, distance: found };
  }
  return best?.name;
}

/** Returns the name to suggest for one that is refused in any case, or undefined. */
export function suggestedName(given: string, known: readonly string[]): string | undefined {
  return likelyName(given, known) ?? nameWith(given, known);
}

/** Options that SDKs have for each client, and this package for all providers of a router. */
const OF_ROUTER: Readonly<Record<string, string>> = {
  agent: 'agents',
  agents: 'agents',
  httpAgent: 'agents',
  httpsAgent: 'agents',
  logger: 'logger',
  maxConcurrent: 'limits',
  timeout: 'timeouts',
  timeouts: 'timeouts',
};

/**
 * Returns the end of a message about an unknown name: the likely name, or all known names.
 *
 * @param group the prefix of each name, such as `timeouts.`
 */
export function didYouMean(given: string, known: readonly string[], group = ''): string {
  const likely = suggestedName(given, known);
  if (likely !== undefined) return `. Did you mean \`${group}${likely}\`?`;
  if (known.length === 1) return `; the only one is \`${group}${known[0]}\``;
  const ofRouter = group === '' && Object.hasOwn(OF_ROUTER, given) ? OF_ROUTER[given] : undefined;
  if (ofRouter !== undefined) return `; \`${ofRouter}\` is an option of createFileContentRouter`;
  return `; write one of ${known.join(', ')}`;
}

/**
 * Returns the shortest known name that begins or ends with the given one: `resolveProvider` for `provider`. That is a
 * hint about a name that is refused in any case, and no reason to refuse one.
 */
function nameWith(given: string, known: readonly string[]): string | undefined {
  const part = plain(given);
  const fitting = known.filter((name) => plain(name).startsWith(part) || plain(name).endsWith(part));
  return part.length < 3 ? undefined : fitting.toSorted((one, other) => one.length - other.length)[0];
}

/** Finds a misspelt member of a caller's object, which may also have members that are unrelated to this package. */
export function misspeltName(object: object, known: readonly string[]): string | undefined {
  return Object.keys(object).find((name) => !known.includes(name) && likelyName(name, known) !== undefined);
}

/** Returns the part of a message about a misspelt member: ` the unknown member "fileID". Did you mean \`fileId\`?` */
export function misspeltMember(object: object, known: readonly string[]): string | undefined {
  const name = misspeltName(object, known);
  return name === undefined ? undefined : ` the unknown member ${JSON.stringify(name)}${didYouMean(name, known)}`;
}
