import type { Download } from './demo-download.mts';

export interface Report {
  readonly direct: Download;
  readonly relayed: Download;
  /** Bytes of the gateway's process. */
  readonly memory: { readonly rssAtStart: number; readonly peakRss: number };
  /** What the gateway wrote. */
  readonly log: string;
  /** How often the provider cut the gateway's download off. */
  readonly cuts: number;
}

/** Headers that clients get as the provider sent them. */
const CONTRACT_HEADERS = [
  'content-type',
  'content-length',
  'content-disposition',
  'etag',
  'last-modified',
  'accept-ranges',
  'content-encoding',
  'openai-version',
  'openai-processing-ms',
  'x-request-id',
];

/** A provider gives each request its own. */
const PER_REQUEST = new Set(['openai-processing-ms', 'x-request-id']);

type Row = readonly [what: string, direct: string, gateway: string, same: string];

function compared(what: string, direct: string, gateway: string): Row {
  return [what, direct, gateway, direct === gateway ? 'yes' : 'NO'];
}

function headerRows(direct: Headers, relayed: Headers): Row[] {
  const names = CONTRACT_HEADERS.filter((name) => direct.has(name) || relayed.has(name));
  return names.map((name) => {
    const row = compared(name, direct.get(name) ?? '-', relayed.get(name) ?? '-');
    const isOfRequest = PER_REQUEST.has(name) && direct.has(name) && relayed.has(name);
    return isOfRequest ? [row[0], row[1], row[2], 'each its own'] : row;
  });
}

function shorten(text: string): string {
  return text.length > 44 ? `${text.slice(0, 43)}…` : text;
}

function printTable(rows: readonly Row[]): void {
  const shown = rows.map((row) => row.map(shorten));
  const widths = [0, 1, 2, 3].map((column) => Math.max(...shown.map((row) => row[column]?.length ?? 0)));
  for (const row of shown)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

const milliseconds = (ms: number): string => `${ms.toFixed(1)} ms`;
const throughput = ({ bytes, totalMs }: Download): string => `${(bytes / 1e6 / (totalMs / 1000)).toFixed(0)} MB/s`;
const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** The lines of a transfer's end among what the gateway wrote. */
function records(log: string): Record<string, unknown>[] {
  const lines = log.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line): Record<string, unknown> => JSON.parse(line)).filter(({ outcome }) => outcome !== undefined);
}

/** Prints both downloads side by side. @returns is everything as it should be? */
export function printReport({ direct, relayed, memory, log, cuts }: Report): boolean {
  const contract = [
    compared('status', String(direct.status), String(relayed.status)),
    ...headerRows(direct.headers, relayed.headers),
    compared('bytes received', String(direct.bytes), String(relayed.bytes)),
    compared('sha256', direct.sha256, relayed.sha256),
  ];
  console.log('');
  printTable([
    ['', 'direct', 'gateway', 'same'],
    ...contract,
    ['first byte after', milliseconds(direct.firstByteMs), milliseconds(relayed.firstByteMs), ''],
    ['throughput', throughput(direct), throughput(relayed), ''],
    ['peak memory', '', `${mebibytes(memory.peakRss)} (${mebibytes(memory.rssAtStart)} at the start)`, ''],
  ]);
  const finished = records(log);
  console.log(
    `\nThe gateway's log record:\n${finished.map((record) => JSON.stringify(record, undefined, 2)).join('\n')}`,
  );
  const [record] = finished;
  const isCompleted = finished.length === 1 && record?.['outcome'] === 'completed' && record['resumes'] === cuts;
  const isSame = contract.every(([, , , same]) => same !== 'NO');
  if (cuts > 0) {
    console.log(
      `\nThe provider cut the download off ${cuts} ${cuts === 1 ? 'time' : 'times'} (resumes: ${record?.['resumes']}).`,
    );
  }
  console.log(`\n${isSame && isCompleted ? 'Identical, with one record.' : 'NOT as it should be.'}`);
  return isSame && isCompleted;
}
