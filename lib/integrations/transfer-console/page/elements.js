// Elements that are made once and changed in place.
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
  if (found === null) throw new Error(`The page has no #${id}.`);
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

/** Lets the keyboard reach what can only be seen by scrolling sideways. */
const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const scroll = target.closest('.scroll');
    if (scroll === null) continue;
    if (scroll.scrollWidth > scroll.clientWidth) scroll.setAttribute('tabindex', '0');
    else scroll.removeAttribute('tabindex');
  }
});

/**
 * @template Item
 * @typedef {{ readonly row: HTMLTableRowElement, update(item: Item): void }} Row
 */

/**
 * Shows items as the rows of a table. A row belongs to the same item as long as the item is there.
 *
 * @template Item
 * @param {string} id of the table; the element with `-none` added is shown if there are no items
 * @param {(item: Item) => string} keyOf
 * @param {(item: Item) => Row<Item>} makeRow
 * @returns {(items: readonly Item[]) => void}
 */
export function tableOf(id, keyOf, makeRow) {
  const table = byId(id);
  const body = table.querySelector('tbody');
  if (body === null) throw new Error(`The table #${id} has no body.`);
  const none = byId(`${id}-none`);
  for (const watched of [table, table.parentElement]) if (watched !== null) widths.observe(watched);
  /** @type {Map<string, Row<Item>>} */
  const rows = new Map();

  return function show(items) {
    const keys = new Set(items.map(keyOf));
    for (const [key, { row }] of rows) {
      if (keys.has(key)) continue;
      // Otherwise the focus would be at the start of the page.
      if (row.contains(document.activeElement)) byId(`${id}-title`).focus({ preventScroll: true });
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
