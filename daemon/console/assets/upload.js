// A file's way: chosen or dropped, previewed, corrected, applied.

import { call, latest, reason, url } from './api.js';
import { announce, button, choice, counted, debounced, element, labelled, word } from './dom.js';
import { carried_file, encoded } from './drop.js';
import { preview_grid } from './grid.js';

const tabs = {
  changes: (row) => row.outcome === 'updated' || row.outcome === 'created',
  failed: (row) => row.outcome === 'failed',
  unchanged: (row) => row.outcome === 'unchanged',
  restored: (row) => row.restored,
  all: () => true,
};

const key_of = ({ row, column }) => `${row} ${column}`;

const file_button = (text, taken, attributes) => {
  const input = element('input', { type: 'file', accept: '.csv,.txt,text/csv,text/plain', class: 'unseen', change: () => input.files[0] && taken(input.files[0]) });
  return element('label', attributes, text, input);
};

const problem_list = (problems) => element('ul', { class: 'problems' }, problems.map(({ message, row }) =>
  element('li', {}, row ? `${word('row')} ${row}: ${message}` : message)));

/** The rows that are judged otherwise than before. */
const judged_anew = (before, after) => {
  const old = new Map(before.map((row) => [row.row, JSON.stringify(row)]));
  return new Set(after.filter((row) => old.get(row.row) !== JSON.stringify(row)).map((row) => row.row));
};

const counts = (answer) => ['updated', 'created', 'unchanged', 'restored', 'failed']
  .filter((name) => answer[name]).map((name) => counted(`${name}_count`, answer[name])).join(' · ');

const result_page = ({ body }, taken) => element('section', { class: 'done', tabindex: -1 },
  element('h2', {}, word('applied_title', { n: body.entry })),
  element('p', {}, counts(body)),
  element('div', { class: 'actions' },
    element('a', { class: 'button primary', href: `./entry?n=${body.entry}` }, word('see_entry')),
    body.failed ? element('a', { class: 'button', href: url(`imports/${body.entry}/report`) }, word('download_report')) : '',
    file_button(word('upload_another'), taken, { class: 'button' })));

/** The preview of one file. `restart` takes another file instead. */
const preview = (view, send, file, restart) => {
  let rows = [];
  let answer = null;
  let originals = null;
  let moved = new Set();
  let tab = null;
  let touched = new Set();
  const corrections = new Map();

  const request = (more) => ({ ...file, corrections: [...corrections.values()], ...more });
  const { table, draw } = preview_grid(word('preview_table', { file: file.name }), (list) => correct(list));
  const note = element('p', { class: 'note', role: 'status' }, word('checking'));
  const problems = element('div', { role: 'alert' });
  const apply_button = button('', () => apply(), { class: 'primary', disabled: true });
  const reset = button(word('undo_corrections'), () => { corrections.clear(); rejudge(); }, { class: 'quiet', hidden: true });
  const tab_bar = element('fieldset', { class: 'tabs', change: (event) => open_tab(event.target.value) }, element('legend', { class: 'unseen' }, word('result')));
  const none = element('p', { class: 'empty', hidden: true }, word('no_rows_here'));
  const body = element('div', { hidden: true }, tab_bar, none, element('div', { class: 'scroll' }, table), element('p', { class: 'hint' }, word('grid_hint')));

  const show_rows = () => {
    // A row that was corrected here stays here, so that it does not vanish under the cursor.
    const shown = rows.filter((row) => tabs[tab](row) || touched.has(row.row));
    none.hidden = shown.length > 0;
    table.hidden = shown.length === 0;
    draw(shown, answer.headings, originals, moved);
  };

  const open_tab = (name) => {
    tab = name;
    touched = new Set();
    show_rows();
  };

  const show_tabs = () => {
    const offered = Object.keys(tabs).filter((name) => name !== 'restored' || answer.restored);
    tab ??= offered.find((name) => rows.some(tabs[name])) ?? 'all';
    if (tab_bar.querySelectorAll('input').length !== offered.length) {
      tab_bar.replaceChildren(tab_bar.firstChild, ...offered.map((name) => element('label', { class: name },
        element('input', { type: 'radio', name: 'tab', value: name, checked: name === tab }), word(`tab_${name}`), ' ', element('b'))));
    }
    offered.forEach((name) => {
      tab_bar.querySelector(`.${name} b`).textContent = rows.filter(tabs[name]).length;
    });
  };

  const show_answer = () => {
    const changes = rows.filter(tabs.changes).length;
    const rejected = answer.outcome === 'rejected';
    problems.replaceChildren(...(rejected ? [element('h2', {}, word('file_rejected')), problem_list(answer.problems)] : []));
    body.hidden = rows.length === 0;
    apply_button.hidden = rejected;
    apply_button.disabled = changes === 0;
    apply_button.textContent = changes ? counted(changes === 1 ? 'apply_one' : 'apply_count', changes) : word('apply_nothing');
    reset.hidden = corrections.size === 0;
    note.textContent = [
      corrections.size && counted('corrections_count', corrections.size), answer.failed && counted('failed_rows_stay', answer.failed),
    ].filter(Boolean).join(' · ');
    if (rows.length === 0) return;
    show_tabs();
    show_rows();
  };

  const take = (next) => {
    answer = next;
    rows = next.rows ?? [];
    originals ??= new Map(rows.map((row) => [row.row, row.cells]));
    show_answer();
  };

  const judge = latest(async (signal) => {
    const next = await send(request({ dry_run: true }), signal);
    if (signal.aborted) return;
    if (next.body.outcome) take(next.body);
    else note.textContent = reason(next);
  });
  const judge_soon = debounced(120, judge);

  const rejudge = () => {
    apply_button.disabled = true;
    moved = new Set();
    judge_soon();
  };

  const correct = (list) => {
    for (const correction of list) {
      const row = rows.find((each) => each.row === correction.row);
      const place = ['company_id', 'display_name', 'client_number'].indexOf(correction.column);
      if (originals.get(correction.row)[place] === correction.text) corrections.delete(key_of(correction));
      else corrections.set(key_of(correction), correction);
      row.cells = row.cells.with(place, correction.text);
      touched.add(correction.row);
    }
    show_rows();
    rejudge();
  };

  const apply = async () => {
    apply_button.disabled = true;
    const next = await send(request({ plan: answer.plan }));
    if (next.body.stale) {
      moved = judged_anew(rows, next.body.rows);
      tab = 'all';
      tab_bar.replaceChildren(tab_bar.firstChild);
      take(next.body);
      problems.replaceChildren(element('p', { class: 'warning' }, counted('stale', moved.size)));
    } else if (next.body.entry) {
      view.replaceChildren(result_page(next, restart));
      view.firstChild.focus();
    } else {
      apply_button.disabled = false;
      problems.replaceChildren(element('p', { class: 'warning' }, reason(next)));
    }
  };

  view.replaceChildren(
    element('div', { class: 'bar' },
      element('h2', {}, file.name), note,
      element('div', { class: 'actions' }, reset, file_button(word('choose_another_file'), restart, { class: 'button' }), apply_button)),
    problems, body);
  judge();
};

export const show = (view) => {
  const { firm, inbox, inboxes } = view.dataset;
  const names = inboxes ? JSON.parse(inboxes) : [];
  const select = choice(names.map((name) => [name, name]), inbox);
  const send = (body, signal) => call('POST', url('imports', { firm, inbox: names.length ? select.value : inbox }), { body, signal });
  const take = async (file) => preview(view, send, { name: file.name, file: await encoded(file) }, take);

  view.replaceChildren(element('section', { class: 'choose' },
    element('p', {}, word('drop_or_choose')),
    element('p', { class: 'hint' }, word('nothing_applied_yet')),
    element('div', { class: 'actions' },
      names.length > 1 ? labelled(word('inbox'), select) : '',
      file_button(word('choose_file'), take, { class: 'button primary' }))));
  view.addEventListener('file', (event) => take(event.detail));
  const carried = carried_file();
  if (carried?.file) preview(view, send, carried, take);
  else if (carried) announce(word('file_too_large_to_drop'));
};
