// The rows of a preview, whose cells can be corrected.

import { cell_of, edit, focus_cell, offer_tab_stop, use_keys } from './cells.js';
import { button, change, html, word } from './dom.js';

/** The columns that a file must have, in the order of a row's cells. */
export const fields = ['company_id', 'display_name', 'client_number'];
const first_field = 1;

const result_of = (row, correct) => {
  switch (row.outcome) {
    case 'failed': return [
      html.span({ class: 'message' }, row.message),
      row.fix && button(word('use_fix', { text: row.fix.text || word('nothing') }), () => correct([{ row: row.row, ...row.fix }]), { class: 'fix', tabindex: -1 }),
    ];
    case 'created': return [word('new_client')];
    case 'updated': return row.changes.map(({ before, after }) => change(before, after));
    default: return [html.span({ class: 'nothing' }, word('unchanged'))];
  }
};

const tag = (name) => html.span({ class: 'tag' }, word(name));

const row_element = (row, { originals, moved }, correct) => html.tr({ 'data-row': row.row, class: row.outcome },
  html.th({ scope: 'row', class: 'row' }, String(row.row)),
  fields.map((field, place) => {
    const corrected = row.corrected.includes(field);
    return html.td({
      class: corrected ? `${field} corrected` : field,
      title: corrected && word('corrected', { text: originals.get(row.row)[place] }),
    }, row.cells[place]);
  }),
  html.td({ class: 'result' }, result_of(row, correct), row.restored && tag('restored'), moved.has(row.row) && tag('moved')));

const head_row = (headings) => html.tr([word('row'), ...headings, word('result')]
  .map((text, place) => html.th({ scope: 'col', class: ['row', ...fields, 'result'][place] }, text)));

const show_elements = (body, rows) => {
  const old = [...body.rows];
  const same_rows = rows.length === old.length && rows.every((row, place) => row.dataset.row === old[place].dataset.row);
  if (!same_rows) body.replaceChildren(...rows);
  else rows.forEach((row, place) => row !== old[place] && old[place].replaceWith(row));
};

const cell = /(?:"((?:[^"]|"")*)"|([^\t\r\n]*))(\t|\r\n?|\n)/g;

/** What a copied block changes if its first cell falls on `from`. Spreadsheets quote a cell with a tab or a line break. */
const pasted = (from, block) => {
  const start = Math.max(from.cellIndex - first_field, 0);
  let [row, place] = [from.parentNode, start];
  const list = [];
  for (const [, quoted, plain, end] of block.replace(/(\r\n?|\n)?$/, '\n').matchAll(cell)) {
    const text = plain ?? quoted.replaceAll('""', '"');
    if (row && fields[place]) list.push({ row: Number(row.dataset.row), column: fields[place], text });
    place += 1;
    if (end !== '\t') [row, place] = [row?.nextElementSibling, start];
  }
  return list;
};

const paste = (event, correct) => {
  const block = event.clipboardData.getData('text/plain');
  const from = cell_of(event.target);
  if (!from || (event.target.matches('input') && !/[\t\r\n]/.test(block.trimEnd()))) return;
  event.preventDefault();
  correct(pasted(from, block));
};

/**
 * A grid of rows. `correct` gets lists of `{row, column, text}`. The result's `draw(rows, {answer, originals, moved})`
 * shows other rows and keeps the focus; while a cell is being edited, it waits.
 */
export const preview_grid = (label, correct) => {
  const head = html.thead();
  const table = html.table({ class: 'preview', 'aria-label': label, paste: (event) => paste(event, correct) }, head, html.tbody());
  const drawn = new Map();
  let waiting = null;

  const element_for = (row, page) => {
    const key = JSON.stringify([row, page.moved.has(row.row)]);
    if (drawn.get(row.row)?.key !== key) drawn.set(row.row, { key, element: row_element(row, page, correct) });
    return drawn.get(row.row).element;
  };

  const draw = (rows, page) => {
    waiting = table.querySelector('.editing') && [rows, page];
    if (waiting) return;
    const from = cell_of(document.activeElement);
    const [row, place] = [from?.parentNode.dataset.row, from?.cellIndex];
    if (!head.firstChild) head.append(head_row(page.answer.headings));
    show_elements(table.tBodies[0], rows.map((each) => element_for(each, page)));
    focus_cell(table, table.querySelector(`[data-row="${row}"]`)?.cells[place]);
    offer_tab_stop(table);
  };

  const open = (from, text) => {
    const column = fields[from.cellIndex - first_field];
    if (!column) return;
    const row = from.parentNode;
    const next = { Enter: row.nextElementSibling?.cells[from.cellIndex], Tab: from.nextElementSibling, ShiftTab: from.previousElementSibling };
    edit(from, {
      value: from.textContent, text, label: `${head.rows[0].cells[from.cellIndex].textContent}, ${word('row')} ${row.dataset.row}`,
      save: (typed) => {
        correct([{ row: Number(row.dataset.row), column, text: typed }]);
        return null;
      },
      done: (key) => {
        if (key !== 'blur') focus_cell(table, next[key] ?? from);
        if (waiting) draw(...waiting);
      },
    });
  };

  use_keys(table, open);
  return { table, draw };
};
