import { isObject, member, textOf } from '../json/json-value';

const PLAIN = ['custom_id', 'litellm_custom_id'] as const;
const RAW = 'litellm_custom_id_raw';
const MARK = 'b32_';
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/**
 * Finds the `custom_id` in the labels of a request. Vertex AI has none for Gemini, so gateways put it there. A label's
 * value has at most 63 characters of a small alphabet, so LiteLLM also writes the id in base32, in as many labels as
 * needed: `litellm_custom_id_raw`, `litellm_custom_id_raw_1`, and so on, each value beginning with `b32_`.
 */
export function customIdOfLabels(labels: unknown): string | undefined {
  return encodedId(labels) ?? PLAIN.map((name) => textOf(member(labels, name))).find((id) => id !== undefined);
}

function encodedId(labels: unknown): string | undefined {
  const first = textOf(member(labels, RAW));
  if (first === undefined || !isObject(labels)) return undefined;
  const chunks = [first];
  for (let index = 1; ; index += 1) {
    const next = textOf(member(labels, `${RAW}_${index}`));
    if (next === undefined) break;
    chunks.push(next);
  }
  return decodeChunks(chunks);
}

function decodeChunks(chunks: readonly string[]): string | undefined {
  if (!chunks.every((chunk) => chunk.startsWith(MARK))) return undefined;
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const character of chunks.map((chunk) => chunk.slice(MARK.length)).join('')) {
    const digit = BASE32.indexOf(character);
    if (digit === -1) return undefined;
    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 0xff);
    }
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}
