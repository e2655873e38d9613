// A file is chosen or dropped, previewed, corrected and applied.

import { call, query_of, reason, url } from './api.js';
import { button, counted, debounced, html, outcome_counts, word } from './dom.js';
import { carried_file, pack } from './drop.js';
import { fields, preview_grid } from './grid.js';

const has = (...outcomes) => ({ outcome }) => outcomes.includes(outcome);

const tabs = {
  changes: has('updated', 'created'),
  failed: has('failed'),
  unchanged: has('unchanged'),
  restored: ({ restored }) => restored,
  all: () => true,
};

const file_button = (text, taken, look) => {
  const input = html.input({ type: 'file', accept: '.csv,.txt', class: 'unseen', change: () => input.files[0] && taken(input.files[0]) });
  return html.label({ class: `button ${look}` }, text, input);
};

const show_rows = (page) => {
  const { answer, grid, none, tab, touched } = page;
  // A row that was corrected stays, so that it does not vanish under the cursor.
  const shown = answer.rows.filter((row) => tabs[tab](row) || touched.has(row.row));
  none.hidden = shown.length > 0;
  grid.table.hidden = shown.length === 0;
  grid.draw(shown, page);
};

const open_tab = (page, tab) => {
  page.tab = tab;
  page.touched.clear();
  show_rows(page);
};

const show_tabs = (page) => {
  const { rows } = page.answer;
  const numbered = Object.entries(tabs).map(([name, fits]) => [name, rows.filter(fits).length]);
  page.tab ??= numbered.find(([, count]) => count)[0];
  for (const [name, count] of numbered) {
    const tab = page.tab_bar.querySelector(`.${name}`);
    tab.classList.toggle('none', count === 0);
    tab.querySelector('b').textContent = count;
    tab.querySelector('input').checked = name === page.tab;
  }
};

const warn = (page, text) => page.problems.replaceChildren(html.p({ class: 'notice warning' }, text));

const show_problems = (page, { outcome, problems }) => page.problems.replaceChildren(outcome === 'rejected'
  ? html.div({ class: 'notice error' }, html.h3(word('file_rejected')), html.ul(problems.map(({ message }) => html.li(message)))) : '');

const show_answer = (page, answer) => {
  page.answer = answer;
  answer.rows ??= [];
  page.originals ??= new Map(answer.rows.map((row) => [row.row, row.cells]));
  const { apply, body, corrections, note } = page;
  const changes = answer.rows.filter(tabs.changes).length;
  show_problems(page, answer);
  apply.hidden = answer.outcome === 'rejected';
  apply.disabled = changes === 0;
  apply.textContent = counted('apply_count', changes);
  note.textContent = [
    corrections.size && counted('corrections_count', corrections.size), answer.failed && counted('failed_rows_stay', answer.failed),
  ].filter(Boolean).join(' · ');
  body.hidden = answer.rows.length === 0;
  if (body.hidden) return;
  show_tabs(page);
  show_rows(page);
};

const judge = async (page) => {
  const { version } = page;
  const answer = await page.send({ dry_run: true });
  if (version !== page.version) return;
  if (answer.body.outcome) {
    show_answer(page, answer.body);
  } else {
    warn(page, reason(answer));
    page.note.textContent = '';
    page.apply.disabled = false;
  }
};
const judge_soon = debounced(120, judge);

const correct = (page, list) => {
  for (const { row, column, text } of list) {
    const place = fields.indexOf(column);
    const key = `${row} ${column}`;
    if (page.originals.get(row)[place] === text) page.corrections.delete(key);
    else page.corrections.set(key, { row, column, text });
    const judged = page.answer.rows.find((each) => each.row === row);
    judged.cells = judged.cells.with(place, text);
    page.touched.add(row);
  }
  show_rows(page);
  page.version += 1;
  page.apply.disabled = true;
  page.moved = new Set();
  judge_soon(page);
};

const show_stale = (page, answer) => {
  const old = new Set(page.answer.rows.map((row) => JSON.stringify(row)));
  page.moved = new Set(answer.rows.filter((row) => !old.has(JSON.stringify(row))).map(({ row }) => row));
  page.tab = 'all';
  show_answer(page, answer);
  warn(page, counted('stale', page.moved.size));
};

const show_result = ({ firm, take, view }, answer) => {
  view.replaceChildren(html.section({ class: 'choose', tabindex: -1 },
    html.h2(word('applied_title', { n: answer.entry })),
    html.p({ class: 'result' }, outcome_counts(answer)),
    html.div({ class: 'actions' },
      html.a({ class: 'button primary', href: `./entry${query_of({ firm, n: answer.entry })}` }, word('see_entry')),
      answer.failed ? html.a({ class: 'button', href: url(`imports/${answer.entry}/report`) }, word('download_report')) : '',
      file_button(word('upload_another'), take, ''))));
  view.firstChild.focus();
};

const apply_plan = async (page) => {
  page.apply.disabled = true;
  const answer = await page.send({ plan: page.answer.plan });
  if (answer.body.stale) {
    show_stale(page, answer.body);
  } else if (answer.body.entry) {
    show_result(page, answer.body);
  } else {
    page.apply.disabled = false;
    warn(page, reason(answer));
  }
  page.apply.focus();
};

const preview = (view, file, take) => {
  const { firm, inbox } = view.dataset;
  const page = {
    firm, take, view,
    version: 0,
    moved: new Set(),
    touched: new Set(),
    corrections: new Map(),
    note: html.p({ class: 'note', role: 'status' }, word('checking')),
    problems: html.div({ role: 'alert' }),
    none: html.p({ class: 'empty', hidden: true }, word('no_rows_here')),
    apply: button('', () => apply_plan(page), { class: 'primary', disabled: true, hidden: true }),
    grid: preview_grid(word('preview_table', { file: file.name }), (list) => correct(page, list)),
    tab_bar: html.fieldset({ class: 'tabs', change: (event) => open_tab(page, event.target.value) },
      html.legend({ class: 'unseen' }, word('result')),
      Object.keys(tabs).map((value) => html.label({ class: value },
        html.input({ type: 'radio', name: 'tab', value }), word(`tab_${value}`), ' ', html.b()))),
    send: (more) => call('POST', url('imports', { firm, inbox }), { body: { ...file, corrections: [...page.corrections.values()], ...more } }),
  };
  page.body = html.div({ hidden: true }, page.tab_bar, page.none, page.grid.table, html.p({ class: 'hint' }, word('grid_hint')));
  view.replaceChildren(
    html.div({ class: 'bar', tabindex: -1 }, html.h2(file.name), page.note,
      html.div({ class: 'actions' }, file_button(word('choose_another_file'), take, ''), page.apply)),
    page.problems, page.body);
  view.firstChild.focus();
  judge(page);
};

export const show = (view) => {
  const take = (file) => pack(file, (packed) => preview(view, packed, take));
  view.replaceChildren(html.section({ class: 'choose' },
    html.p(word('drop_or_choose')),
    html.p({ class: 'hint' }, word('nothing_applied_yet')),
    file_button(word('choose_file'), take, 'primary')));
  view.addEventListener('file', (event) => take(event.detail));
  const carried = carried_file();
  if (carried) preview(view, carried, take);
};
