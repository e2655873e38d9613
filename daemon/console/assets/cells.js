// Tables that are used like a spreadsheet, by the grid pattern of the ARIA Authoring Practices.

import { html } from './dom.js';

/** What gets the focus in a cell: its control, or the cell itself. Controls have to be made with `tabindex: -1`. */
const target_of = (cell) => cell.querySelector('a, button, input') ?? cell;

export const cell_of = (node) => node.closest('tbody :is(td, th)');

const is_typing = (target) => target.matches('input:not([type=checkbox])');

const moves = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
  PageUp: [-15, 0], PageDown: [15, 0], Home: [0, -Infinity], End: [0, Infinity],
};

const clamped = (list, place) => list[Math.max(0, Math.min(list.length - 1, place))];

const neighbour = (from, key, control) => {
  const [down, across] = moves[key];
  const row = from.parentNode;
  const far = control && Math.abs(across) === Infinity;
  return clamped(clamped(row.parentNode.rows, row.sectionRowIndex + (far ? across : down)).cells, from.cellIndex + across);
};

export const focus_cell = (table, from) => {
  if (!from) return;
  const old = table.querySelector('tbody [tabindex="0"]');
  if (old) old.tabIndex = -1;
  target_of(from).tabIndex = 0;
  target_of(from).focus();
};

export const offer_tab_stop = (table) => {
  const first = table.querySelector('tbody :is(td, th)');
  if (first && !table.querySelector('tbody [tabindex="0"]')) target_of(first).tabIndex = 0;
};

/** Gives a table its keys. `open(cell, text)` edits a cell if it can be: its present text, or the one that is typed. */
export const use_keys = (table, open) => {
  table.setAttribute('role', 'grid');
  table.addEventListener('click', ({ target }) => {
    const from = cell_of(target);
    if (from && !is_typing(target)) focus_cell(table, from);
  });
  table.addEventListener('dblclick', ({ target }) => {
    if (cell_of(target) && !is_typing(target)) open(cell_of(target));
  });
  table.addEventListener('keydown', (event) => {
    const { altKey, key, target } = event;
    const control = event.ctrlKey || event.metaKey;
    const from = cell_of(target);
    if (!from || altKey || is_typing(target)) return;
    if (moves[key]) focus_cell(table, neighbour(from, key, control));
    else if (target !== from || control) return;
    else if (key === 'Enter' || key === 'F2') open(from);
    else if (key === 'Delete') open(from, '');
    else if (key.length === 1 && key !== ' ') open(from, key);
    else return;
    event.preventDefault();
  });
};

/**
 * Opens an editor in a cell. `save(text)` gives what is wrong, or null. `done(key)` is called once the cell shows its
 * old content again.
 */
export const edit = (from, { value, text, label, save, done }) => {
  const answer = html.p({ class: 'answer', id: 'answer', role: 'alert' });
  const input = html.input({ class: 'editor', 'aria-label': label, 'aria-describedby': 'answer', autocomplete: 'off' });
  const content = [...from.childNodes];
  // Inputs drop line breaks.
  const shown = value.replace(/[\r\n]+/g, ' ');
  let busy = false;
  const close = (key) => {
    busy = true;
    from.classList.remove('editing');
    from.replaceChildren(...content);
    done(key);
  };
  const commit = async (key) => {
    if (busy) return;
    busy = true;
    const problem = input.value === shown ? null : await save(input.value);
    if (problem === null) {
      close(key);
    } else {
      busy = false;
      answer.textContent = problem;
      input.setAttribute('aria-invalid', 'true');
    }
  };
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !busy) close('Escape');
    else if (event.key === 'Enter' || event.key === 'Tab') commit(event.shiftKey ? `Shift${event.key}` : event.key);
    else return;
    event.preventDefault();
  });
  // Whoever looks into another window has not finished.
  input.addEventListener('blur', () => document.hasFocus() && commit('blur'));
  from.classList.add('editing');
  from.replaceChildren(input, answer);
  input.value = text ?? shown;
  input.focus();
  if (text === undefined) input.select();
};
