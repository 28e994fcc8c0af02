import { connect, type Socket } from 'node:net';

/**
 * The client: `connections` downloads at once, each repeated until the time is over (or once, without a time), over
 * sockets whose bytes are counted and dropped in one shared buffer. Reading is as cheap as Node allows, so that on a
 * small machine the client leaves the cores to the process that is measured.
 */
export interface LoadRequest {
  readonly port: number;
  /** Header lines beside Host and Accept. */
  readonly headers: readonly string[];
  readonly path: string;
  readonly connections: number;
  /** Seconds; 0 means no limit of time. */
  readonly seconds: number;
  /** Bytes a second for each connection; 0 means no limit. */
  readonly rate: number;
  /** Downloads of each connection, one after the other, where there is no time limit. */
  readonly repeat: number;
}

export interface LoadResult {
  readonly bytes: number;
  readonly completed: number;
  /** Answered with 503. */
  readonly refused: number;
  readonly failed: number;
  readonly seconds: number;
  /** Milliseconds from the request to the first byte of content. */
  readonly firstByteP50: number;
  readonly firstByteP99: number;
  /** Milliseconds from the request to the last byte. */
  readonly downloadP50: number;
}

interface Download {
  socket: Socket;
  head: string;
  started: number;
  expected: number;
  received: number;
  credit: number;
  stopped: boolean;
  done: number;
}

const TICK_MS = 50;
const LONGEST_START_MS = 20_000;
const request = JSON.parse(process.argv[2] ?? '{}') as LoadRequest;
const lines = [`GET ${request.path} HTTP/1.1`, 'Host: 127.0.0.1', 'Accept: */*', ...request.headers, '', ''];
const head = lines.join('\r\n');
const scratch = Buffer.allocUnsafeSlow(256 * 1024);
const downloads = new Set<Download>();
const firstBytes: number[] = [];
const wholes: number[] = [];
let bytes = 0;
let completed = 0;
let failed = 0;
let refused = 0;
let over = false;
let begun = performance.now();
let served = 0;
let isMeasured = false;

function send(download: Download): void {
  download.head = '';
  download.expected = -1;
  download.received = 0;
  download.started = performance.now();
  download.socket.write(head);
}

function receive(download: Download, length: number, buffer: Uint8Array): void {
  let body = length;
  if (download.expected < 0) {
    const text = Buffer.from(buffer.buffer, buffer.byteOffset, length).toString('latin1');
    const before = download.head.length;
    download.head += text;
    const end = download.head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const answer = download.head.slice(0, end);
    download.expected = Number(/content-length: *(\d+)/i.exec(answer)?.[1] ?? Number.NaN);
    if (!/^HTTP\/1\.[01] 20[06]/.test(answer) || Number.isNaN(download.expected)) {
      if (answer.startsWith('HTTP/1.1 503')) refused++;
      else if (failed === 0) process.stderr.write(`${download.head.slice(0, end + 300)}\n`);
      finish(download, answer.startsWith('HTTP/1.1 503'));
      return;
    }
    body = before + length - (end + 4);
    if (body > 0) firstByte(download);
  } else if (download.received === 0) firstByte(download);
  download.received += body;
  bytes += body;
  if (download.received >= download.expected) {
    completed++;
    wholes.push(performance.now() - download.started);
    download.done++;
    const again = request.seconds > 0 ? !over : download.done < request.repeat;
    if (again) send(download);
    else finish(download, true);
  }
}

function firstByte(download: Download): void {
  firstBytes.push(performance.now() - download.started);
  if (download.done > 0) return;
  served++;
  if (served === request.connections && request.seconds > 0) begin();
}

/**
 * Every connection is served: from here on it is measured, so that what a request costs is not taken for what bytes
 * cost.
 */
function begin(): void {
  if (isMeasured) return;
  isMeasured = true;
  process.stdout.write('begin\n');
  begun = performance.now();
  bytes = 0;
  completed = 0;
  setTimeout(() => {
    over = true;
    report();
  }, request.seconds * 1000);
}

function finish(download: Download, good: boolean): void {
  if (!downloads.delete(download)) return;
  if (!good) failed++;
  download.socket.destroy();
  if (downloads.size === 0) report();
}

function open(): void {
  const download: Download = {
    socket: undefined as never,
    head: '',
    started: 0,
    expected: -1,
    received: 0,
    credit: request.rate * (TICK_MS / 1000),
    stopped: false,
    done: 0,
  };
  download.socket = connect({
    host: '127.0.0.1',
    port: request.port,
    onread: {
      buffer: scratch,
      callback(length, buffer) {
        receive(download, length, buffer);
        if (request.rate === 0) return true;
        download.credit -= length;
        download.stopped = download.credit <= 0;
        return !download.stopped;
      },
    },
  });
  download.socket.on('connect', () => send(download));
  download.socket.on('error', () => finish(download, false));
  download.socket.on('close', () => finish(download, false));
  downloads.add(download);
}

function refill(): void {
  for (const download of downloads) {
    download.credit = Math.min(download.credit + request.rate * (TICK_MS / 1000), request.rate);
    if (download.stopped && download.credit > 0) {
      download.stopped = false;
      download.socket.resume();
    }
  }
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function report(): void {
  const sorted = firstBytes.sort((a, b) => a - b);
  wholes.sort((a, b) => a - b);
  const seconds = (performance.now() - begun) / 1000;
  const result: LoadResult = {
    bytes,
    completed,
    refused,
    failed,
    seconds,
    firstByteP50: percentile(sorted, 0.5),
    firstByteP99: percentile(sorted, 0.99),
    downloadP50: percentile(wholes, 0.5),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}

for (let index = 0; index < request.connections; index++) open();
if (request.rate > 0) setInterval(refill, TICK_MS);
// A proxy that cannot serve all of them within this time is measured with those that it serves.
if (request.seconds > 0) setTimeout(begin, LONGEST_START_MS);
