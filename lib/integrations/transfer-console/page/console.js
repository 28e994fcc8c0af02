// Shows what the gateway sends, as long as the page can be seen.
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
  setText(byId('transfers-more'), `${formatCount(more)} more in flight`);
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
  const text = `Failed: ${latest.fileId}. ${latest.words}.`;
  announce(others.length === 0 ? text : `${formatCount(others.length + 1)} transfers failed. Last: ${text}`);
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
