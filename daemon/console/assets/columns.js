// Which columns of the clients are shown, in which order, and by which they are sorted.

import { button, html, word } from './dom.js';

const all_columns = ['display_name', 'client_number', 'company_id', 'type', 'lead', 'status'];

/** The columns that a user chose, without those that this version does not know. */
export const chosen_columns = (saved = []) => {
  const known = saved.filter((column) => all_columns.includes(column));
  return known.length ? known : all_columns;
};

/** A menu that shows, hides and moves columns, by buttons or by dragging. */
export const column_menu = (columns, changed) => {
  let shown = columns;
  const list = html.ul();
  const without = (column) => shown.filter((other) => other !== column);

  const change = (next) => {
    shown = next;
    draw();
    changed(shown);
  };
  const move = (column, place) => change(without(column).toSpliced(place, 0, column));

  const item_for = (column) => {
    const text = word(column);
    const arrow = (key, sign, by) => button(sign, () => move(column, shown.indexOf(column) + by), { class: 'quiet', 'aria-label': word(key, { text }) });
    const box = html.input({ type: 'checkbox', change: () => (box.checked ? move(column, shown.length) : change(without(column))) });
    return html.li({
      draggable: 'true',
      dragstart: (event) => event.dataTransfer.setData('text/x-column', column),
      dragover: (event) => event.dataTransfer.types.includes('text/x-column') && event.preventDefault(),
      drop: (event) => move(event.dataTransfer.getData('text/x-column'), shown.indexOf(column)),
    }, html.label(box, text), arrow('move_up', '↑', -1), arrow('move_down', '↓', 1));
  };
  const items = new Map(all_columns.map((column) => [column, item_for(column)]));

  const draw = () => {
    const focused = document.activeElement;
    const hidden = all_columns.filter((column) => !shown.includes(column));
    list.replaceChildren(...[...shown, ...hidden].map((column) => items.get(column)));
    items.forEach((item, column) => {
      const place = shown.indexOf(column);
      const [box, up, down] = item.querySelectorAll('input, button');
      box.checked = place >= 0;
      box.disabled = box.checked && shown.length === 1;
      up.disabled = place < 1;
      down.disabled = place < 0 || place === shown.length - 1;
    });
    (focused.disabled ? focused.parentNode.querySelector('button:enabled') : focused).focus();
  };
  draw();
  return html.details({ class: 'menu' }, html.summary(word('columns')), list);
};

export const heading = (column, sort, sort_by) => {
  const order = { [column]: 'ascending', [`-${column}`]: 'descending' }[sort];
  return html.th({ scope: 'col', class: column, 'aria-sort': order },
    button(word(column), () => sort_by(order === 'ascending' ? `-${column}` : column)));
};
