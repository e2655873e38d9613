// Which columns of the clients are shown, in which order, and by which they are sorted.

import { button, closable, element, word } from './dom.js';

const all_columns = ['display_name', 'client_number', 'company_id', 'type', 'lead', 'status'];

/** The columns that a user chose, without those that this version does not know. */
export const chosen_columns = (saved = []) => {
  const known = saved.filter((column) => all_columns.includes(column));
  return known.length ? known : all_columns;
};

const moved = (list, from, to) => {
  const rest = list.filter((_, place) => place !== from);
  return [...rest.slice(0, to), list[from], ...rest.slice(to)];
};

/** Lets people drag one of `items` onto another. `drop` gets both places. */
const draggable = (items, drop) => items.forEach((item, place) => {
  item.draggable = true;
  item.addEventListener('dragstart', (event) => event.dataTransfer.setData('text/x-place', place));
  item.addEventListener('dragover', (event) => event.dataTransfer.types.includes('text/x-place') && event.preventDefault());
  item.addEventListener('drop', (event) => {
    event.preventDefault();
    drop(Number(event.dataTransfer.getData('text/x-place')), place);
  });
});

const menu_item = (columns, column, place, change) => {
  const text = word(column);
  const shown = columns.includes(column);
  const hide_or_show = () => change(shown ? columns.filter((other) => other !== column) : [...columns, column]);
  const arrow = (key, sign, to) => button(sign, () => change(moved(columns, place, to)), {
    class: 'quiet', 'aria-label': word(key, { text }), 'data-key': `${key} ${column}`, disabled: !shown || to < 0 || to >= columns.length,
  });
  return element('li', {},
    element('label', {},
      element('input', { type: 'checkbox', checked: shown, disabled: shown && columns.length === 1, change: hide_or_show, 'data-key': column }),
      text),
    arrow('move_up', '↑', place - 1), arrow('move_down', '↓', place + 1));
};

/** A menu that shows, hides and moves columns, by buttons or by dragging. `changed` gets the new list. */
export const column_menu = (columns, changed) => {
  const list = element('ul');
  const draw = (now) => {
    const change = (next) => {
      const key = document.activeElement?.dataset.key;
      draw(next);
      list.querySelector(`[data-key="${key}"]:enabled`)?.focus();
      changed(next);
    };
    const hidden = all_columns.filter((column) => !now.includes(column));
    list.replaceChildren(...[...now, ...hidden].map((column, place) => menu_item(now, column, place, change)));
    draggable([...list.children].slice(0, now.length), (from, to) => change(moved(now, from, to)));
  };
  draw(columns);
  return closable(element('details', { class: 'menu' }, element('summary', {}, word('columns')), list));
};

/** The heading of a column, whose button sorts by it; by the sorted one the other way round. */
export const heading = (column, sort, sort_by) => {
  const order = { [column]: 'ascending', [`-${column}`]: 'descending' }[sort];
  return element('th', { scope: 'col', class: column, 'aria-sort': order },
    button(word(column), () => sort_by(order === 'ascending' ? `-${column}` : column), { 'data-column': column }));
};
