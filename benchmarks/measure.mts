import { readdirSync, readFileSync } from 'node:fs';

/** `USER_HZ`, in which Linux reports times to programs; 100 on every architecture that Node supports. */
const TICKS_PER_SECOND = 100;

/** A process and all that descend from it, such as nginx's workers. */
function family(pid: number): number[] {
  const found = [pid];
  try {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim();
      for (const child of children === '' ? [] : children.split(' ')) found.push(...family(Number(child)));
    }
  } catch {
    // It ended between the two looks.
  }
  return found;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * User and system time of the whole process, threads and ended children included, in seconds (proc(5): fields 14 to 17
 * of stat).
 */
export function cpuSeconds(pid: number): number {
  let ticks = 0;
  for (const member of family(pid)) {
    const stat = read(`/proc/${member}/stat`);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    for (const field of fields.slice(11, 15)) ticks += Number(field);
  }
  return ticks / TICKS_PER_SECOND;
}

/** The most memory that was resident at any time, summed over the processes, in MB (10^6 bytes; VmHWM of status). */
export function peakMegabytes(pid: number): number {
  let kibibytes = 0;
  for (const member of family(pid)) {
    kibibytes += Number(/^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${member}/status`))?.[1] ?? 0);
  }
  return (kibibytes * 1024) / 1e6;
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median =
    sorted.length % 2 === 1
      ? sorted[Math.floor(middle)]!
      : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
  return { median, least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN };
}
