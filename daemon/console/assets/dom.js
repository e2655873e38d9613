// Elements, words and the status line.

const words = JSON.parse(document.getElementById('words')?.textContent || '{}');

/** The text for `key` in the page's language, with `{placeholders}` filled in. */
export const word = (key, values = {}) =>
  (words[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

/** The text for a count: `key` with `{n}`, or `key_one` if there is such a text and the count is one. */
export const counted = (key, n) =>
  word(n === 1 && words[`${key}_one`] ? `${key}_one` : key, { n: n.toLocaleString(document.documentElement.lang) });

const is_there = (value) => value != null && value !== false;

const element = (name, attributes, children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(key, value);
    else if (is_there(value)) node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.flat().filter(is_there));
  return node;
};

/**
 * Makes elements: `html.p({ class: 'hint' }, text)`. The attributes may be left out; functions among them listen to
 * the event that their key names. Null, false and undefined are skipped.
 */
export const html = new Proxy({}, {
  get: (_, name) => (first, ...rest) => (first?.constructor === Object ? element(name, first, rest) : element(name, {}, [first, ...rest])),
});

export const button = (text, click, attributes) => html.button({ type: 'button', click, ...attributes }, text);

/** A select that filters by `name`: all, or one of `[value, text]`. */
export const filter_select = (name, options, chosen) => html.select({ name, 'aria-label': word(name) },
  [['', `${word(name)}: ${word('all')}`], ...options].map(([value, text]) => html.option({ value, selected: value === chosen }, text)));

/** How many rows had which outcome: a text for each that there is. */
export const outcome_counts = (of) => ['updated', 'created', 'unchanged', 'restored', 'failed'].filter((name) => of[name])
  .map((name) => html.span({ class: name }, counted(`${name}_count`, of[name])));

let fading;

/** Tells people and screen readers how something ended. */
export const announce = (text) => {
  const status = document.getElementById('status');
  clearTimeout(fading);
  status.textContent = text;
  fading = setTimeout(() => { status.textContent = ''; }, 10000);
};

/** Calls `task` once `wait` milliseconds have passed without another call. */
export const debounced = (wait, task) => {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(task, wait, ...values);
  };
};

const first_rows = 80;
const rows_at_a_time = 250;

/** Shows a row for each item in a new body of the table: a screenful at once, and the rest between other events. */
export const fill = (table, items, row_of) => {
  const body = html.tbody();
  const add = (from, count) => {
    body.append(...items.slice(from, from + count).map(row_of));
    const next = from + count;
    if (next < items.length) setTimeout(() => body.isConnected && add(next, rows_at_a_time));
  };
  add(0, first_rows);
  if (table.tBodies[0]) table.tBodies[0].replaceWith(body);
  else table.append(body);
};

const moment = new Intl.DateTimeFormat(document.documentElement.lang || 'en', { dateStyle: 'medium', timeStyle: 'short' });

/** A moment in the reader's own time zone; the exact one shows when the pointer rests on it. */
export const time = (at) => html.time({ datetime: at, title: at }, moment.format(new Date(at)));

/** The parts of `text` before, inside and after what differs from `other`. */
const differing = (text, other) => {
  const [ours, theirs] = [[...text], [...other]];
  const shorter = Math.min(ours.length, theirs.length);
  let head = 0;
  while (head < shorter && ours[head] === theirs[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && ours[ours.length - 1 - tail] === theirs[theirs.length - 1 - tail]) tail += 1;
  const end = ours.length - tail;
  return [ours.slice(0, head), ours.slice(head, end), ours.slice(end)].map((part) => part.join(''));
};

const value_of = (name, text, other) => {
  if (text == null || text === '') return html.span({ class: 'nothing' }, word('nothing'));
  const [head, middle, tail] = differing(text, other ?? '');
  return html[name](head, head + tail && middle ? html.b(middle) : middle, tail);
};

/** Old → new, with the characters that differ marked. */
export const change = (before, after) => html.span({ class: 'change' },
  value_of('del', before, after),
  html.span({ class: 'arrow', 'aria-hidden': 'true' }, '→'),
  html.span({ class: 'unseen' }, ` ${word('becomes')} `),
  value_of('ins', after, before));
