// Tables that are used like a spreadsheet: one tab stop, arrow keys from cell to cell, an editor inside a cell
// (the grid pattern of the ARIA Authoring Practices).

import { element } from './dom.js';

/** What gets the focus in a cell: its control, or the cell itself. */
export const target_of = (cell) => cell.querySelector('a, button, input') ?? cell;

const cell_of = (node) => node.closest('tbody td, tbody th');

/** A cell that the keyboard reaches. Controls inside have to be made with `tabindex: -1`. */
export const cell = (name, attributes, ...children) => {
  const node = element(name, attributes, ...children);
  if (target_of(node) === node) node.tabIndex = -1;
  return node;
};

const is_typing = (target) => target.matches('input:not([type=checkbox])');

const page_rows = 15;

/** Where a key leads from a cell: the cell there, or undefined. */
const neighbour = (from, key, whole) => {
  const row = from.parentNode;
  const rows = row.parentNode.rows;
  const last = row.cells.length - 1;
  const across = (place) => row.cells[place];
  const down = (count) => {
    const place = Math.max(0, Math.min(rows.length - 1, row.sectionRowIndex + count));
    return rows[place].cells[from.cellIndex];
  };
  switch (key) {
    case 'ArrowLeft': return across(from.cellIndex - 1);
    case 'ArrowRight': return across(from.cellIndex + 1);
    case 'ArrowUp': return row.previousElementSibling?.cells[from.cellIndex];
    case 'ArrowDown': return row.nextElementSibling?.cells[from.cellIndex];
    case 'PageUp': return down(-page_rows);
    case 'PageDown': return down(page_rows);
    case 'Home': return whole ? rows[0].cells[0] : across(0);
    case 'End': return whole ? rows[rows.length - 1].cells[last] : across(last);
    default: return undefined;
  }
};

/** Moves the table's only tab stop to a cell. */
const stop_at = (table, target) => {
  for (const other of table.querySelectorAll('tbody [tabindex="0"]')) other.tabIndex = -1;
  target.tabIndex = 0;
};

export const focus_cell = (table, from) => {
  if (!from) return;
  stop_at(table, target_of(from));
  target_of(from).focus();
};

/** Makes the first cell the table's tab stop, if none is. */
export const offer_tab_stop = (table) => {
  const first = table.tBodies[0].rows[0]?.cells[0];
  if (first && !table.querySelector('tbody [tabindex="0"]')) stop_at(table, target_of(first));
};

/**
 * Gives a table its keys. `open(cell, text)` edits a cell, if it can be edited: with Enter or F2 its present text, or
 * with the text that is typed.
 */
export const use_keys = (table, open) => {
  table.setAttribute('role', 'grid');
  table.addEventListener('focusin', (event) => {
    const from = cell_of(event.target);
    if (from && event.target === target_of(from) && !is_typing(event.target)) stop_at(table, event.target);
  });
  table.addEventListener('keydown', (event) => {
    const from = cell_of(event.target);
    if (!from || is_typing(event.target) || event.altKey) return;
    const control = event.ctrlKey || event.metaKey;
    const next = neighbour(from, event.key, control);
    if (next) {
      focus_cell(table, next);
    } else if (event.target !== from || control) {
      return;
    } else if (event.key === 'Enter' || event.key === 'F2') {
      open(from);
    } else if (event.key.length === 1 && event.key !== ' ') {
      open(from, event.key);
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      open(from, '');
    } else {
      return;
    }
    event.preventDefault();
  });
  table.addEventListener('dblclick', (event) => {
    const from = cell_of(event.target);
    if (from && !is_typing(event.target)) open(from);
  });
};

/**
 * Opens an editor in a cell. `save(text)` gives, or promises, what is wrong with the text, or null. Enter, Tab and
 * leaving the field save; Escape does not. `done(key)` is called after the cell shows its old content again.
 */
export const edit = (from, { value, text = value, label, save, done }) => {
  const answer = element('p', { class: 'answer', id: 'answer', role: 'alert' });
  const input = element('input', { class: 'editor', 'aria-label': label, 'aria-describedby': 'answer', autocomplete: 'off', spellcheck: 'false' });
  const content = [...from.childNodes];
  let state = 'open';
  const close = (key) => {
    state = 'closed';
    from.classList.remove('editing');
    from.replaceChildren(...content);
    done(key);
  };
  const commit = async (key) => {
    if (state !== 'open') return;
    if (input.value === value) {
      close(key);
      return;
    }
    state = 'saving';
    const problem = await save(input.value);
    if (problem === null) {
      close(key);
      return;
    }
    state = 'open';
    answer.textContent = problem;
    input.setAttribute('aria-invalid', 'true');
    if (key !== 'blur') input.focus();
  };
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && state === 'open') close('Escape');
    else if (event.key === 'Enter' || event.key === 'Tab') commit(event.shiftKey ? `Shift${event.key}` : event.key);
    else return;
    event.preventDefault();
  });
  input.addEventListener('blur', () => commit('blur'));
  from.classList.add('editing');
  from.replaceChildren(input, answer);
  input.value = text;
  input.focus();
  if (text === value) input.select();
};
