// Written from the files in `page`; change those, and then:
//   UPDATE_PAGE=1 npx jest transfer-console/page-files --coverage=false

/** The files of the page by their names. */
export const PAGE_FILES = Object.freeze({
  'console.css': `:root {
  color-scheme: light dark;
  --page: #fbfbfa;
  --text: #1c1e21;
  --quiet: #5c6169;
  --line: #e1e3e6;
  --track: #dfe2e6;
  --accent: #0f62c4;
  --good: #17713a;
  --bad: #b3261e;
  --bad-page: #fdf1f0;
}

@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171a;
    --text: #e6e8eb;
    --quiet: #a0a6ae;
    --line: #2d3136;
    --track: #343940;
    --accent: #7cb3ff;
    --good: #6fcf8f;
    --bad: #ff9a91;
    --bad-page: #2a1c1b;
  }
}

* {
  box-sizing: border-box;
}

body {
  max-width: 68rem;
  margin: 0 auto;
  padding: 1.75rem 1.5rem 4rem;
  background: var(--page);
  color: var(--text);
  font:
    0.9375rem / 1.45 system-ui,
    -apple-system,
    "Segoe UI",
    Roboto,
    "Helvetica Neue",
    Arial,
    sans-serif;
  font-variant-numeric: tabular-nums;
}

header {
  display: flex;
  align-items: baseline;
  justify-content: space-between;
  gap: 1rem;
}

h1,
h2,
p,
dl,
dd {
  margin: 0;
}

dd {
  overflow-wrap: anywhere;
}

h1 {
  font-size: 1.375rem;
  font-weight: 600;
  letter-spacing: -0.01em;
}

h2 {
  margin-bottom: 0.5rem;
  font-size: 1rem;
  font-weight: 600;
}

section {
  margin-top: 2.25rem;
}

:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 3px;
  border-radius: 2px;
}

#connection {
  color: var(--quiet);
  white-space: nowrap;
}

#connection::before {
  content: "";
  display: inline-block;
  width: 0.5rem;
  height: 0.5rem;
  margin-right: 0.5rem;
  border-radius: 50%;
  background: var(--quiet);
}

#connection[data-state="live"]::before {
  background: var(--good);
}

#connection[data-state="disconnected"] {
  color: var(--bad);
  font-weight: 600;
}

#connection[data-state="disconnected"]::before {
  background: var(--bad);
}

.notice {
  margin-top: 1.25rem;
  padding: 0.6rem 0.9rem;
  border-left: 3px solid var(--bad);
  background: var(--bad-page);
}

.totals {
  display: grid;
  grid-template-columns: repeat(4, 1fr);
  gap: 1rem;
}

dt {
  color: var(--quiet);
}

.totals dd {
  font-size: 1.75rem;
  font-weight: 600;
  line-height: 1.25;
  letter-spacing: -0.015em;
}

.note {
  margin-top: 0.4rem;
  color: var(--quiet);
}

.scroll {
  overflow-x: auto;
}

table {
  width: 100%;
  border-collapse: collapse;
}

/* What was last heard stays readable, but does not look current. */
body[data-stale] .totals,
body[data-stale] table {
  opacity: 0.75;
}

th,
td {
  padding: 0.55rem 1.25rem 0.55rem 0;
  border-bottom: 1px solid var(--line);
  text-align: left;
  vertical-align: top;
}

th:last-child,
td:last-child {
  padding-right: 0;
}

thead th {
  padding-top: 0.25rem;
  padding-bottom: 0.35rem;
  color: var(--quiet);
  font-size: 0.8125rem;
  font-weight: 500;
  white-space: nowrap;
}

tbody th {
  font-weight: 400;
}

.number {
  text-align: right;
  white-space: nowrap;
}

td.number,
td.time {
  white-space: nowrap;
}

.file {
  min-width: 12rem;
}

.id,
.code {
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
  font-size: 0.875em;
  overflow-wrap: anywhere;
}

.quiet {
  display: block;
  color: var(--quiet);
  font-size: 0.8125rem;
  overflow-wrap: anywhere;
}

.words {
  font-weight: 600;
}

[data-level="error"] .words {
  color: var(--bad);
}

.code {
  margin-left: 0.5rem;
  color: var(--quiet);
}

.message {
  display: block;
  overflow-wrap: anywhere;
}

details {
  margin-top: 0.15rem;
  font-size: 0.8125rem;
}

summary {
  width: fit-content;
  color: var(--quiet);
  cursor: pointer;
}

details dl {
  display: grid;
  grid-template-columns: max-content 1fr;
  gap: 0.15rem 1rem;
  padding: 0.35rem 0 0.25rem;
}

.progress {
  min-width: 14rem;
}

.bar:not([hidden]) {
  display: grid;
  grid-template-columns: 1fr 3rem;
  align-items: center;
  gap: 0.6rem;
}

.bar .percent {
  text-align: right;
}

progress {
  appearance: none;
  display: block;
  width: 100%;
  height: 0.375rem;
  border: 0;
  border-radius: 0.25rem;
  background: var(--track);
  overflow: hidden;
}

progress::-webkit-progress-bar {
  background: var(--track);
}

progress::-webkit-progress-value {
  background: var(--accent);
  border-radius: 0.25rem;
  transition: width 0.6s linear;
}

progress::-moz-progress-bar {
  background: var(--accent);
  border-radius: 0.25rem;
}

progress:indeterminate::-moz-progress-bar {
  background: transparent;
}

/* In the tree of a screen reader, and not on the screen. */
.unseen {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

@media (max-width: 40rem) {
  body {
    padding: 1.25rem 1rem 3rem;
  }

  .totals {
    grid-template-columns: repeat(2, 1fr);
  }
}

@media (prefers-reduced-motion: reduce) {
  progress::-webkit-progress-value {
    transition: none;
  }
}

@media (forced-colors: active) {
  #connection::before {
    border: 1px solid currentColor;
  }

  progress {
    border: 1px solid currentColor;
  }

  progress::-webkit-progress-value {
    background: Highlight;
  }
}
`,
  'console.js': `// Shows what the gateway sends, as long as the page can be seen.
import { byId, setText, setTime, tableOf } from './elements.js';
import { formatBytes, formatCount, formatTime } from './format.js';
import { activeRow, failureRow, finishedRow, providerRow } from './rows.js';

/** @import { FinishedRow } from '../rows' */
/** @import { Update } from '../snapshot' */

/** Longer than the gateway's heartbeat: a connection that is silent for so long is dead. */
const SILENCE_MS = 40_000;
const RETRY_MS = 3_000;

const showTransfers = tableOf('transfers', ({ id }) => id, activeRow);
const showFailures = tableOf('failures', ({ id }) => id, failureRow);
const showFinished = tableOf('finished', ({ id }) => id, finishedRow);
const showProviders = tableOf('providers', ({ name }) => name, providerRow);

/** @type {Set<string> | undefined} */
let knownFailures;

/** @param {Update} update */
function show({ at, now, state }) {
  const { inFlight, transfers, failures, finished, providers, isClosing, since } = state;
  setText(byId('in-flight'), formatCount(inFlight));
  setText(byId('completed'), formatCount(sum(providers, 'completed')));
  setText(byId('failed'), formatCount(sum(providers, 'failed')));
  setText(byId('sent'), formatBytes(sum(providers, 'bytesSent')));
  setTime(byId('since'), formatTime(since, now), since);
  byId('closing').hidden = !isClosing;
  showTransfers(transfers.map((transfer) => ({ ...transfer, at })));
  const more = inFlight - transfers.length;
  byId('transfers-more').hidden = more <= 0;
  setText(byId('transfers-more'), \`\${formatCount(more)} more in flight\`);
  showFailures(failures.map((failure) => ({ ...failure, now })));
  showFinished(finished.map((transfer) => ({ ...transfer, now })));
  showProviders(providers);
  announceFailures(failures);
}

/**
 * @template {string} Name
 * @param {readonly Readonly<Record<Name, number>>[]} items
 * @param {Name} name
 */
function sum(items, name) {
  return items.reduce((total, item) => total + item[name], 0);
}

/** @param {readonly FinishedRow[]} failures newest first */
function announceFailures(failures) {
  const known = knownFailures;
  knownFailures = new Set(failures.map(({ id }) => id));
  // What failed before the page was opened is no news.
  if (known === undefined) return;
  const [latest, ...others] = failures.filter(({ id }) => !known.has(id));
  if (latest === undefined) return;
  const text = \`Failed: \${latest.fileId}. \${latest.words}.\`;
  announce(others.length === 0 ? text : \`\${formatCount(others.length + 1)} transfers failed. Last: \${text}\`);
}

/** @param {string} text for screen readers */
function announce(text) {
  byId('announcements').textContent = text;
}

/** @type {EventSource | undefined} */
let source;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

function connect() {
  disconnect();
  const opened = new EventSource('events');
  source = opened;
  opened.onmessage = ({ data }) => {
    watch();
    setConnection('live', 'Live');
    show(JSON.parse(data));
  };
  // The gateway ends each connection after a while, so that the application's authentication is asked again.
  opened.addEventListener('renew', connect);
  opened.onerror = () => {
    lost();
    // The browser reconnects by itself unless it was refused, for example by a proxy while the gateway restarts.
    if (opened.readyState === EventSource.CLOSED) retry(RETRY_MS);
  };
  watch();
}

function disconnect() {
  clearTimeout(timer);
  source?.close();
  source = undefined;
}

function watch() {
  retry(SILENCE_MS);
}

/** @param {number} ms */
function retry(ms) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    lost();
    connect();
  }, ms);
}

function lost() {
  if (byId('connection').dataset['state'] === 'disconnected') return;
  setConnection('disconnected', 'Disconnected. Reconnecting');
  announce('Disconnected from the gateway. Reconnecting.');
}

/**
 * @param {'live' | 'disconnected'} state
 * @param {string} words
 */
function setConnection(state, words) {
  const connection = byId('connection');
  connection.dataset['state'] = state;
  setText(connection, words);
  document.body.toggleAttribute('data-stale', state === 'disconnected');
}

// A page that nobody sees costs the gateway nothing, and holds none of the browser's six connections.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) disconnect();
  else connect();
});
if (!document.hidden) connect();
`,
  'elements.js': `// Elements that are made once and changed in place.
// So focus, selection and open details stay while the page is updated.
// Everything that comes from the gateway becomes text, never markup.

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} [className]
 * @param {readonly (Node | string)[]} [children]
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, className, children = []) {
  const made = document.createElement(tag);
  if (className !== undefined) made.className = className;
  made.append(...children);
  return made;
}

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(\`The page has no #\${id}.\`);
  return found;
}

/**
 * @param {Element} target
 * @param {string} text
 */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * @param {Element} time a time element
 * @param {string} text
 * @param {number} value milliseconds since 1970
 */
export function setTime(time, text, value) {
  setText(time, text);
  time.setAttribute('datetime', new Date(value).toISOString());
}

/**
 * @template Item
 * @typedef {{ readonly row: HTMLTableRowElement, update(item: Item): void }} Row
 */

/**
 * Shows items as the rows of a table. A row belongs to the same item as long as the item is there.
 *
 * @template Item
 * @param {string} id of the table; the element with \`-none\` added is shown if there are no items
 * @param {(item: Item) => string} keyOf
 * @param {(item: Item) => Row<Item>} makeRow
 * @returns {(items: readonly Item[]) => void}
 */
export function tableOf(id, keyOf, makeRow) {
  const table = byId(id);
  const body = table.querySelector('tbody');
  if (body === null) throw new Error(\`The table #\${id} has no body.\`);
  const none = byId(\`\${id}-none\`);
  /** @type {Map<string, Row<Item>>} */
  const rows = new Map();

  return function show(items) {
    const keys = new Set(items.map(keyOf));
    for (const [key, { row }] of rows) {
      if (keys.has(key)) continue;
      // Otherwise the focus would be at the start of the page.
      if (row.contains(document.activeElement)) byId(\`\${id}-title\`).focus({ preventScroll: true });
      row.remove();
      rows.delete(key);
    }
    let next = body.firstElementChild;
    for (const item of items) {
      const key = keyOf(item);
      const shown = rows.get(key) ?? makeRow(item);
      rows.set(key, shown);
      shown.update(item);
      // A row that is moved would lose the focus.
      if (shown.row === next) next = next.nextElementSibling;
      else body.insertBefore(shown.row, next);
    }
    table.hidden = items.length === 0;
    none.hidden = items.length > 0;
  };
}
`,
  'format.js': `// Numbers and times as the page shows them.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/**
 * @param {number} bytes
 * @returns {string}
 */
export function formatBytes(bytes) {
  let value = bytes;
  let unit = 0;
  // Rounded to one digit, 999,950 is 1,000 kB.
  while (value >= (unit === 0 ? 1000 : 999.95) && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return \`\${unit === 0 ? Math.round(value) : value.toFixed(1)} \${UNITS[unit]}\`;
}

/**
 * @param {number} ms
 * @returns {string}
 */
export function formatDuration(ms) {
  if (ms < 1000) return \`\${Math.round(ms)} ms\`;
  if (ms < 59_950) return \`\${(ms / 1000).toFixed(1)} s\`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return \`\${minutes} min \${twoDigits(seconds % 60)} s\`;
  return \`\${Math.floor(minutes / 60)} h \${twoDigits(minutes % 60)} min\`;
}

/** @param {number} value */
function twoDigits(value) {
  return String(value).padStart(2, '0');
}

const TIME = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/**
 * The time of day, and the day if it is not today.
 *
 * @param {number} time milliseconds since 1970
 * @param {number} now milliseconds since 1970, by the gateway's clock
 * @returns {string}
 */
export function formatTime(time, now) {
  const isToday = new Date(time).toDateString() === new Date(now).toDateString();
  return isToday ? TIME.format(time) : \`\${DATE.format(time)}, \${TIME.format(time)}\`;
}

/**
 * @param {number} count
 * @returns {string}
 */
export function formatCount(count) {
  return count.toLocaleString('en');
}
`,
  'index.html': `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Transfers</title>
    <link rel="stylesheet" href="console.css" />
    <script type="module" src="console.js"></script>
  </head>
  <body>
    <header>
      <h1>Transfers</h1>
      <p id="connection" data-state="connecting">Connecting</p>
    </header>
    <main>
      <noscript><p class="notice">This page needs JavaScript to show transfers.</p></noscript>
      <p id="closing" class="notice" hidden>The gateway is shutting down. New transfers are refused.</p>
      <p id="announcements" class="unseen" aria-live="polite"></p>

      <section aria-label="Totals">
        <dl class="totals">
          <div><dt>In flight</dt><dd id="in-flight">0</dd></div>
          <div><dt>Completed</dt><dd id="completed">0</dd></div>
          <div><dt>Failed</dt><dd id="failed">0</dd></div>
          <div><dt>Sent</dt><dd id="sent">0 B</dd></div>
        </dl>
        <p class="note">Completed, failed and sent since <time id="since"></time>.</p>
      </section>

      <section aria-labelledby="transfers-title">
        <h2 id="transfers-title" tabindex="-1">In flight</h2>
        <div class="scroll">
          <table id="transfers" hidden>
            <thead>
              <tr>
                <th scope="col">File</th>
                <th scope="col">Phase</th>
                <th scope="col">Progress</th>
                <th scope="col" class="number">Rate</th>
                <th scope="col" class="number">Elapsed</th>
              </tr>
            </thead>
            <tbody></tbody>
          </table>
        </div>
        <p id="transfers-more" class="note" hidden></p>
        <p id="transfers-none" class="note">No transfers are in flight.</p>
      </section>

      <section aria-labelledby="failures-title">
        <h2 id="failures-title" tabindex="-1">Recent failures</h2>
        <div class="scroll">
          <table id="failures" hidden>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">File</th>
                <th scope="col">Failure</th>
                <th scope="col" class="number">Sent</th>
              </tr>
            </thead>
            <tbody></tbody>
          </table>
        </div>
        <p id="failures-none" class="note">No transfer has failed.</p>
      </section>

      <section aria-labelledby="finished-title">
        <h2 id="finished-title" tabindex="-1">Recently finished</h2>
        <div class="scroll">
          <table id="finished" hidden>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">File</th>
                <th scope="col">Outcome</th>
                <th scope="col" class="number">Resumes</th>
                <th scope="col" class="number">Sent</th>
                <th scope="col" class="number">Duration</th>
              </tr>
            </thead>
            <tbody></tbody>
          </table>
        </div>
        <p id="finished-none" class="note">No transfer has finished.</p>
      </section>

      <section aria-labelledby="providers-title">
        <h2 id="providers-title" tabindex="-1">Providers</h2>
        <div class="scroll">
          <table id="providers" hidden>
            <thead>
              <tr>
                <th scope="col">Provider</th>
                <th scope="col">Outcomes</th>
                <th scope="col" class="number">Completed</th>
                <th scope="col" class="number">Failed</th>
                <th scope="col" class="number">Sent</th>
              </tr>
            </thead>
            <tbody></tbody>
          </table>
        </div>
        <p id="providers-none" class="note">No transfer has finished.</p>
      </section>
    </main>
  </body>
</html>
`,
  'rows.js': `// The rows of the page's tables.
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
    upstreamFileId && \`provider’s id \${upstreamFileId}\`,
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
  progress.setAttribute('aria-label', \`Progress of \${first.fileId}\`);
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
        setText(percent, \`\${shown} %\`);
      }
      const sent = formatBytes(bytesSent);
      setText(amount, isKnown ? \`\${sent} of \${formatBytes(bytesExpected)}\` : sent);
      setText(rate, bytesSent > 0 ? \`\${formatBytes(Math.max(0, bytesPerSecond))}/s\` : '–');
      setText(elapsed, formatDuration(ageMs));
    },
  };
}

/** @param {FinishedRow} transfer */
function sentOf({ bytesSent, bytesExpected }) {
  const isPart = bytesExpected !== undefined && bytesExpected !== bytesSent;
  return isPart ? \`\${formatBytes(bytesSent)} of \${formatBytes(bytesExpected)}\` : formatBytes(bytesSent);
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
  summary.append(element('span', 'unseen', [\` of the failure of \${first.fileId}\`]));
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
      const counts = provider.outcomes.map(({ words, count }) => \`\${words}: \${formatCount(count)}\`);
      setText(outcomes, counts.join(', '));
      setText(completed, formatCount(provider.completed));
      setText(failed, formatCount(provider.failed));
      setText(sent, formatBytes(provider.bytesSent));
    },
  };
}
`,
});
