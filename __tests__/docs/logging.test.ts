import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LEVELS, OUTCOMES, record, START } from '../support/records';

const page = readFileSync(join(__dirname, '../../docs/logging.md'), 'utf8');

function firstTwoCells(heading: string): string[][] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| `(\w+)` \| `?([\w?]+)`? \|/gm)].map(([, name = '', second = '']) => [name, second]);
}

test('every outcome is listed with its level', () => {
  expect(Object.fromEntries(firstTwoCells('Outcomes'))).toEqual(LEVELS);
  expect(firstTwoCells('Outcomes')).toHaveLength(OUTCOMES.length);
});

test('every field of a record is listed', () => {
  const error = { code: 'internal_error', message: '' } as const;
  const full = record('internal_error', {
    ...START,
    upstreamFileId: 'x',
    via: 'pipeline',
    viaReason: 'small',
    interruptions: [error],
    upstreamStatus: 200,
    upstreamRequestId: 'r',
    upstreamCode: 'c',
    requestId: 'g',
    tenant: 't',
    limitsUnchecked: true,
    usage: {
      rows: 0,
      failed: 0,
      withoutUsage: 0,
      total: { inputTokens: 0, outputTokens: 0, totalTokens: 0 },
      byModel: {},
    },
    error,
  });
  expect(
    firstTwoCells('The record')
      .map(([name]) => name)
      .sort(),
  ).toEqual(Object.keys(full).sort());
});
