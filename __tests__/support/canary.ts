/** Keys that must never be found where they do not belong, and the search for them. */
import { inspect, types } from 'node:util';

/** Stands for the key that a client sends to the gateway: no byte of it may reach a provider. */
export const CLIENT_KEY = 'sk-canary-client-7Qw2ZkX9';
/**
 * Stands for the gateway's own key at a provider: no byte of it may reach a client, a record, an error or the console.
 */
export const PROVIDER_KEY = 'sk-canary-provider-4Rt8Ym3N';

/** The spellings under which a secret would still be one. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // Base64 of a text in which the secret stands at offset 0, 1 or 2: the outer characters depend on its neighbours.
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [secret, secret.toUpperCase(), bytes.toString('hex'), encodeURIComponent(secret), ...shifted];
}

function toJson(value: unknown): string {
  const seen = new WeakSet<object>();
  try {
    return (
      JSON.stringify(value, (_key, part: unknown) => {
        if (typeof part === 'bigint') return String(part);
        if (typeof part !== 'object' || part === null) return part;
        if (seen.has(part)) return '[seen]';
        seen.add(part);
        return part;
      }) ?? ''
    );
  } catch (error) {
    return String(error);
  }
}

/** Every text that somebody could print of a value: its bytes, its JSON, its inspection, and those of its causes. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (types.isUint8Array(value)) return [Buffer.from(value).toString('latin1')];
  const printed = [inspect(value, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null })];
  printed.push(toJson(value));
  // Not `instanceof`: under Jest, Node's own errors are of another realm.
  if (types.isNativeError(value)) printed.push(String(value), value.stack ?? '', ...texts(value.cause));
  return printed;
}

/** Where a secret was found, as `label: ...text around it...`; empty where it is nowhere. */
export function findSecret(secret: string, places: Readonly<Record<string, unknown>>): string[] {
  const found: string[] = [];
  for (const [label, value] of Object.entries(places)) {
    for (const text of texts(value)) {
      const at = spellings(secret)
        .map((spelling) => text.indexOf(spelling))
        .find((index) => index !== -1);
      if (at !== undefined) found.push(`${label}: ...${text.slice(Math.max(0, at - 60), at + 60)}...`);
    }
  }
  return found;
}

/** What was written to the console, as one text for each call. Call `restore` when done. */
export interface ConsoleCapture extends Disposable {
  readonly lines: readonly string[];
  restore(): void;
}

const METHODS = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const;

/** Replaces the console's methods and remembers what they are given. */
export function captureConsole(): ConsoleCapture {
  const lines: string[] = [];
  const spies = METHODS.map((method) =>
    jest.spyOn(console, method).mockImplementation((...values: unknown[]) => {
      lines.push(values.map((value) => (typeof value === 'string' ? value : inspect(value, { depth: 20 }))).join(' '));
    }),
  );
  function restore(): void {
    for (const spy of spies) spy.mockRestore();
  }
  return { lines, restore, [Symbol.dispose]: restore };
}
