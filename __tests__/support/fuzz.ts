/** Property-based tests: how many runs, with which seed, and the check that every run ends with. */
import fc from 'fast-check';
import type { Gateway } from './gateway';
import { connectRaw, type RawResponse } from './raw-client';

/** How often a property is tried; FUZZ_RUNS raises it for a long run by hand. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 150);

/**
 * Tries a property with random input. The seed is printed with a failure; FUZZ_SEED repeats it. Inputs that failed once
 * are kept in `regressions` and tried first, for ever.
 */
export async function fuzz<T extends [unknown, ...unknown[]]>(
  property: fc.IAsyncPropertyWithHooks<T>,
  regressions: T[] = [],
): Promise<void> {
  const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
  await fc.assert(property, { seed, numRuns: RUNS, examples: regressions, verbose: 1 });
}

const STATUS_LINE = /^HTTP\/1\.1 [1-5]\d\d [\t\x20-\x7e]*$/;
const HEADER_LINE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+: [\t\x20-\x7e\x80-\xff]*$/;

/** Throws unless this is a head that every client reads in the same way. */
export function expectValidHead({ head, headers }: RawResponse): void {
  const [statusLine = '', ...lines] = head.split('\r\n');
  expect(statusLine).toMatch(STATUS_LINE);
  for (const line of lines) expect(line).toMatch(HEADER_LINE);
  expect(headers.get('content-length')?.length ?? 0).toBeLessThanOrEqual(1);
  expect(headers.has('content-length') && headers.has('transfer-encoding')).toBe(false);
}

/**
 * Sends one request on a connection of its own and reads to its end. Checks what holds for every input: the answer is a
 * valid message or the connection was cut, and there is exactly one record of it.
 */
export async function exchangeOnce(
  gateway: Gateway,
  request: string,
  method = 'GET',
): Promise<RawResponse | undefined> {
  const before = gateway.records.length;
  using client = await connectRaw(gateway.port);
  client.send(request);
  await client.closed;
  const responses = client.responses([method]);
  expect(responses.length).toBeLessThanOrEqual(1);
  const [response] = responses;
  if (response) expectValidHead(response);
  else expect(client.bytes.length).toBe(0);
  await gateway.recorded(before + 1);
  expect(gateway.records.length).toBe(before + 1);
  return response;
}
