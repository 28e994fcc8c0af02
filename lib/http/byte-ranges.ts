/**
 * One element of a Range header. Positions are bigints, because numbers beyond 2^53 are not exact.
 *
 * @see RFC 9110, section 14.1.2
 */
export type RangeSpec =
  | { readonly first: bigint; readonly last: bigint | undefined }
  /** The number of bytes at the end of the file. */
  | { readonly suffix: bigint };

/**
 * Reads a Range header of the unit `bytes`. Empty elements are skipped (RFC 9110, section 5.6.1.2).
 *
 * @returns undefined for another unit and for an invalid value such as `bytes=4-2`: such a Range is ignored
 * @see RFC 9110, section 14.1.1
 */
export function parseRange(value: string): readonly RangeSpec[] | undefined {
  const set = /^bytes=(.*)$/i.exec(value.trim())?.[1];
  if (set === undefined) return undefined;
  const specs: RangeSpec[] = [];
  for (const element of set.split(',')) {
    const text = element.trim();
    if (text === '') continue;
    const [, first = '', last = ''] = /^(\d*)-(\d*)$/.exec(text) ?? [];
    if (first === '' && last === '') return undefined;
    if (first === '') specs.push({ suffix: BigInt(last) });
    else {
      const spec = { first: BigInt(first), last: last === '' ? undefined : BigInt(last) };
      if (spec.last !== undefined && spec.last < spec.first) return undefined;
      specs.push(spec);
    }
  }
  return specs.length === 0 ? undefined : specs;
}

/** Tells whether a Range may request the last bytes, as `bytes=-5` does. An unreadable Range counts as one that may. */
export function mayHaveSuffix(range: string): boolean {
  return parseRange(range)?.some((spec) => 'suffix' in spec) ?? true;
}

/** The part of a file that a Content-Range names. Both positions are inclusive. */
export interface ContentRange {
  readonly first: bigint;
  readonly last: bigint;
  /** The size of the whole file in bytes; undefined if the header has `*`. */
  readonly total: bigint | undefined;
}

/**
 * Reads the Content-Range of a 206.
 *
 * @returns undefined if the header is absent, repeated, malformed, has another unit, ends before it begins, or ends
 *   beyond the total
 * @see RFC 9110, section 14.4
 */
export function parseContentRange(value: unknown): ContentRange | undefined {
  const given = typeof value === 'string' ? /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(value) : null;
  if (given === null) return undefined;
  const [first, last] = [BigInt(given[1] ?? ''), BigInt(given[2] ?? '')];
  const total = given[3] === '*' ? undefined : BigInt(given[3] ?? '');
  return first > last || (total !== undefined && last >= total) ? undefined : { first, last, total };
}

/** Tells whether a part satisfies one element of a Range. It must begin where requested and may end earlier. */
function satisfiesOne(spec: RangeSpec, { first, last, total }: ContentRange): boolean {
  if ('first' in spec) return first === spec.first && (spec.last === undefined || last <= spec.last);
  // Without the total, the last bytes cannot be told from others.
  if (total === undefined) return false;
  return last === total - 1n && first === (spec.suffix > total ? 0n : total - spec.suffix);
}

/**
 * Tells whether a single part satisfies a Range. For a Range of several elements, the part may be one of them, or one
 * that joins elements which touch or overlap (RFC 9110, section 15.3.7.2).
 */
export function satisfiesRange(specs: readonly RangeSpec[], part: ContentRange): boolean {
  if (specs.some((spec) => satisfiesOne(spec, part))) return true;
  const { total } = part;
  if (specs.length === 1 || total === undefined) return false;
  const parts = specs.map((spec) => resolve(spec, total));
  return parts.some(({ first }) => first === part.first) && parts.some(({ last }) => last >= part.last);
}

function resolve(spec: RangeSpec, total: bigint): { readonly first: bigint; readonly last: bigint } {
  if ('suffix' in spec) return { first: spec.suffix > total ? 0n : total - spec.suffix, last: total - 1n };
  return { first: spec.first, last: spec.last === undefined || spec.last >= total ? total - 1n : spec.last };
}
