// Elements, words and the status line.

const words = JSON.parse(document.getElementById('words')?.textContent || '{}');

export const word = (key, values = {}) =>
  (words[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

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

/** Makes elements: `html.p({ class: 'hint', click: listener }, text)`. Null and false are left out. */
export const html = new Proxy({}, {
  get: (_, name) => (first, ...rest) => (first?.constructor === Object ? element(name, first, rest) : element(name, {}, [first, ...rest])),
});

export const button = (text, click, attributes) => html.button({ type: 'button', click, ...attributes }, text);

export const filter_select = (name, options, chosen) => html.select({ name, 'aria-label': word(name) },
  [['', word(`any_${name}`)], ...options].map(([value, text]) => html.option({ value, selected: value === chosen }, text)));

export const outcome_counts = (of) => ['updated', 'created', 'unchanged', 'restored', 'failed'].filter((name) => of[name])
  .map((name) => html.span({ class: name }, counted(`${name}_count`, of[name])));

export const debounced = (wait, task) => {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(task, wait, ...values);
  };
};

export const status = document.getElementById('status');
const fade = debounced(10000, () => { status.textContent = ''; });

export const announce = (text) => {
  if (status.textContent !== text) status.textContent = text;
  fade();
};

const first_rows = 80;
const rows_at_a_time = 250;

/** Fills a table: a screenful at once, and the rest between other events, so that nobody waits for it. */
export const fill = (table, items, row_of) => {
  const body = html.tbody();
  const add = (from, to) => {
    body.append(...items.slice(from, to).map(row_of));
    if (to < items.length) setTimeout(() => body.isConnected && add(to, to + rows_at_a_time));
  };
  add(0, first_rows);
  table.tBodies[0].replaceWith(body);
};

const moment = new Intl.DateTimeFormat(document.documentElement.lang || 'en', { dateStyle: 'medium', timeStyle: 'short' });

export const time = (at) => html.time({ datetime: at, title: at }, moment.format(new Date(at)));

const alike = (ours, theirs) => {
  const end = ours.findIndex((character, place) => character !== theirs[place]);
  return end < 0 ? ours.length : end;
};

/** The parts of `text` before, inside and after what differs from `other`. */
const differing = (text, other) => {
  const [ours, theirs] = [[...text], [...other]];
  const head = alike(ours, theirs);
  const tail = Math.min(alike(ours.toReversed(), theirs.toReversed()), ours.length - head, theirs.length - head);
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
