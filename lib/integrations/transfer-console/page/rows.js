// The rows of the page's tables.
import { element, setText, setTime } from './elements.js';
import { formatBytes, formatCount, formatDuration, formatTime } from './format.js';

/** @import { ActiveRow, FinishedRow } from "../rows" */
/** @import { ProviderRow } from "../snapshot" */

const PHASES = {
  resolving: 'Resolving',
  waiting: 'Waiting for the provider',
  sending: 'Sending',
  paused: 'Waiting for the client',
  resuming: 'Resuming',
};

/** @param {ActiveRow | FinishedRow} transfer */
function fileCell({ method, resource, fileId, upstreamFileId, provider, tenant }) {
  const notes = [
    provider,
    tenant,
    resource === 'files' ? undefined : resource,
    method === 'GET' ? undefined : method,
    upstreamFileId && `provider’s id ${upstreamFileId}`,
  ].filter((note) => note !== undefined);
  const parts = notes.flatMap((note, index) => [...(index === 0 ? [] : [' · ']), element('bdi', undefined, [note])]);
  const cell = element('th', 'file', [element('bdi', 'id', [fileId]), element('span', 'quiet', parts)]);
  cell.scope = 'row';
  return cell;
}

/** The part of a new measurement in the shown rate; the rest is what was shown before. */
const WEIGHT = 0.4;

/**
 * @param {ActiveRow} first
 * @returns {import('./elements.js').Row<ActiveRow & { at: number }>}
 */
export function activeRow(first) {
  const phase = element('td');
  const progress = element('progress');
  progress.max = 100;
  progress.setAttribute('aria-label', `Progress of ${first.fileId}`);
  const percent = element('span', 'percent');
  const bar = element('div', 'bar', [progress, percent]);
  const amount = element('span', 'quiet');
  const rate = element('td', 'number');
  const elapsed = element('td', 'number');
  const row = element('tr', undefined, [
    fileCell(first),
    phase,
    element('td', 'progress', [bar, amount]),
    rate,
    elapsed,
  ]);
  let bytesBefore = 0;
  /** @type {number | undefined} */
  let measuredAt;
  let bytesPerSecond = 0;

  return {
    row,
    update({ at, bytesSent, bytesExpected, ageMs, phase: name }) {
      const ms = measuredAt === undefined ? ageMs : at - measuredAt;
      if (ms > 0) {
        const measured = ((bytesSent - bytesBefore) / ms) * 1000;
        bytesPerSecond = measuredAt === undefined ? measured : WEIGHT * measured + (1 - WEIGHT) * bytesPerSecond;
        bytesBefore = bytesSent;
        measuredAt = at;
      }
      setText(phase, PHASES[name]);
      const isKnown = bytesExpected !== undefined && bytesExpected > 0;
      bar.hidden = !isKnown;
      if (isKnown) {
        const shown = Math.floor((bytesSent / bytesExpected) * 100);
        if (progress.value !== shown) progress.value = shown;
        setText(percent, `${shown} %`);
      }
      const sent = formatBytes(bytesSent);
      setText(amount, isKnown ? `${sent} of ${formatBytes(bytesExpected)}` : sent);
      setText(rate, bytesSent > 0 ? `${formatBytes(Math.max(0, bytesPerSecond))}/s` : '–');
      setText(elapsed, formatDuration(ageMs));
    },
  };
}

/** @param {FinishedRow} transfer */
function sentOf({ bytesSent, bytesExpected }) {
  const isPart = bytesExpected !== undefined && bytesExpected !== bytesSent;
  return isPart ? `${formatBytes(bytesSent)} of ${formatBytes(bytesExpected)}` : formatBytes(bytesSent);
}

/**
 * @param {number} endedAt
 * @returns {{ cell: HTMLTableCellElement, update(now: number): void }}
 */
function timeCell(endedAt) {
  const time = element('time');
  return { cell: element('td', 'time', [time]), update: (now) => setTime(time, formatTime(endedAt, now), endedAt) };
}

/**
 * @param {FinishedRow} first
 * @returns {import('./elements.js').Row<FinishedRow & { now: number }>}
 */
export function failureRow(first) {
  const { words, level, code, message, cause, endedAt, details } = first;
  const failure = element('td', undefined, [element('span', 'words', [words])]);
  if (code !== undefined) failure.append(element('span', 'code', [code]));
  if (message !== undefined) failure.append(element('bdi', 'message', [message]));
  const pairs = [...(cause === undefined ? [] : [/** @type {const} */ (['Cause', cause])]), ...details];
  const list = pairs.flatMap(([name, value]) => [element('dt', undefined, [name]), element('dd', undefined, [value])]);
  const summary = element('summary', undefined, ['Details']);
  summary.append(element('span', 'unseen', [` of the failure of ${first.fileId}`]));
  failure.append(element('details', undefined, [summary, element('dl', undefined, list)]));
  const time = timeCell(endedAt);
  const row = element('tr', undefined, [time.cell, fileCell(first), failure, element('td', 'number', [sentOf(first)])]);
  row.dataset['level'] = level;
  return { row, update: ({ now }) => time.update(now) };
}

/**
 * @param {FinishedRow} first
 * @returns {import('./elements.js').Row<FinishedRow & { now: number }>}
 */
export function finishedRow(first) {
  const { words, level, endedAt, durationMs, resumes } = first;
  const time = timeCell(endedAt);
  const row = element('tr', undefined, [
    time.cell,
    fileCell(first),
    element('td', undefined, [element('span', 'outcome', [words])]),
    element('td', 'number', [formatCount(resumes)]),
    element('td', 'number', [sentOf(first)]),
    element('td', 'number', [formatDuration(durationMs)]),
  ]);
  row.dataset['level'] = level;
  return { row, update: ({ now }) => time.update(now) };
}

/**
 * @param {ProviderRow} first
 * @returns {import('./elements.js').Row<ProviderRow>}
 */
export function providerRow({ name }) {
  const outcomes = element('td');
  const completed = element('td', 'number');
  const failed = element('td', 'number');
  const sent = element('td', 'number');
  const header = element('th', 'file', [element('bdi', undefined, [name])]);
  header.scope = 'row';
  return {
    row: element('tr', undefined, [header, outcomes, completed, failed, sent]),
    update(provider) {
      const counts = provider.outcomes.map(({ words, count }) => `${words}: ${formatCount(count)}`);
      setText(outcomes, counts.join(', '));
      setText(completed, formatCount(provider.completed));
      setText(failed, formatCount(provider.failed));
      setText(sent, formatBytes(provider.bytesSent));
    },
  };
}
