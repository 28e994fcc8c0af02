// Numbers and times as the page shows them.

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
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/**
 * @param {number} ms
 * @returns {string}
 */
export function formatDuration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${twoDigits(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
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
  return isToday ? TIME.format(time) : `${DATE.format(time)}, ${TIME.format(time)}`;
}

/**
 * @param {number} count
 * @returns {string}
 */
export function formatCount(count) {
  return count.toLocaleString('en');
}
