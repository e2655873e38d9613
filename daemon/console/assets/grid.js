// The rows of a preview: what would happen to each, and cells that can be corrected.

import { cell, edit, focus_cell, offer_tab_stop, use_keys } from './cells.js';
import { button, change, element, word } from './dom.js';

const fields = ['company_id', 'display_name', 'client_number'];
const first_field = 1;
const field_of = (from) => fields[from.cellIndex - first_field];

const use_fix = (row, correct) => row.fix && button(word('use_fix', { text: row.fix.text || word('nothing') }),
  () => correct([{ row: row.row, ...row.fix }]), { class: 'fix', tabindex: -1 });

const result_of = (row, correct) => {
  switch (row.outcome) {
    case 'failed': return [element('span', { class: 'message' }, row.message), use_fix(row, correct)];
    case 'created': return [word('new_client')];
    case 'updated': return row.changes.map(({ before, after }) => change(before, after));
    default: return [element('span', { class: 'nothing' }, word('unchanged'))];
  }
};

const tag = (name) => element('span', { class: 'tag' }, word(name));

const row_element = (row, { originals, moved, correct }) => element('tr', { 'data-row': row.row, class: row.outcome },
  cell('th', { scope: 'row', class: 'row' }, String(row.row)),
  fields.map((field, place) => {
    const was = row.corrected.includes(field) ? originals.get(row.row)[place] : null;
    return cell('td', { class: was === null ? field : `${field} corrected`, title: was === null ? null : word('corrected', { text: was }) }, row.cells[place] ?? '');
  }),
  cell('td', { class: 'result' }, result_of(row, correct), row.restored && tag('restored'), moved.has(row.row) && tag('moved')));

/** A block copied from a spreadsheet, as lines of cells. */
const block_in = (text) => text.replace(/\r?\n$/, '').split(/\r?\n/).map((line) => line.split('\t'));

/** What a block changes if its first cell falls on `from`. */
const pasted = (from, block) => {
  const rows = [...from.parentNode.parentNode.rows].slice(from.parentNode.sectionRowIndex);
  const start = Math.max(from.cellIndex - first_field, 0);
  return block.slice(0, rows.length).flatMap((line, down) => line.slice(0, fields.length - start)
    .map((text, across) => ({ row: Number(rows[down].dataset.row), column: fields[start + across], text })));
};

/**
 * A grid of rows. `correct` gets lists of `{row, column, text}`. The result's `draw(rows, headings, originals, moved)`
 * shows other rows, keeps the focus, and waits while a cell is being edited.
 */
export const preview_grid = (label, correct) => {
  const head = element('thead');
  const table = element('table', { class: 'preview', 'aria-label': label }, head, element('tbody'));
  const drawn = new Map();
  let waiting = null;

  const element_for = (row, context) => {
    const key = JSON.stringify([row, context.moved.has(row.row)]);
    const old = drawn.get(row.row);
    if (old?.key === key) return old.element;
    const fresh = row_element(row, context);
    drawn.set(row.row, { key, element: fresh });
    return fresh;
  };

  const draw = (rows, headings, originals, moved) => {
    if (table.querySelector('.editing')) {
      waiting = [rows, headings, originals, moved];
      return;
    }
    waiting = null;
    const from = document.activeElement.closest?.('table') === table && document.activeElement.closest('td, th');
    const [row, place] = from ? [from.parentNode.dataset.row, from.cellIndex] : [];
    const scope = { scope: 'col' };
    head.replaceChildren(element('tr', {},
      element('th', { ...scope, class: 'row' }, word('row')),
      headings.map((heading, column) => element('th', { ...scope, class: fields[column] }, heading)),
      element('th', { ...scope, class: 'result' }, word('result'))));
    table.tBodies[0].replaceChildren(...rows.map((each) => element_for(each, { originals, moved, correct })));
    if (row) focus_cell(table, table.querySelector(`tr[data-row="${row}"]`)?.cells[place]);
    offer_tab_stop(table);
  };

  const open = (from, text) => {
    const column = field_of(from);
    if (!column) return;
    const row = from.parentNode;
    const value = from.textContent;
    const save = (typed) => {
      correct([{ row: Number(row.dataset.row), column, text: typed }]);
      return null;
    };
    const next = { Enter: () => row.nextElementSibling?.cells[from.cellIndex], Tab: () => from.nextElementSibling, ShiftTab: () => from.previousElementSibling };
    edit(from, {
      value, text, save, label: `${table.tHead.rows[0].cells[from.cellIndex].textContent}, ${word('row')} ${row.dataset.row}`,
      done: (key) => {
        if (key !== 'blur') focus_cell(table, next[key]?.() ?? from);
        if (waiting) draw(...waiting);
      },
    });
  };

  use_keys(table, open);
  table.addEventListener('paste', (event) => {
    const block = block_in(event.clipboardData.getData('text/plain'));
    const from = event.target.closest('tbody td, tbody th');
    if (!from || (event.target.matches('input') && block.flat().length === 1)) return;
    event.preventDefault();
    correct(pasted(from, block));
  });
  return { table, draw };
};
