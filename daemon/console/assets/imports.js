// The ledger, live.

import { call, query_of, reason, url, watch } from './api.js';
import { announce, button, element, fill, outcome_counts, time, word } from './dom.js';

const kinds = ['import', 'load', 'edit', 'undo', 'replay', 'adopt'];
const columns = ['entry', 'when', 'kind', 'file', 'who', 'source', 'result'];
const page_size = 50;

const outcome = (entry) => [
  ...(entry.outcome === 'rejected' ? [element('span', { class: 'failed' }, word('rejected'))] : outcome_counts(entry)),
  entry.undone_by && element('span', { class: 'tag' }, word('undone_by', { n: entry.undone_by })),
];

const row_of = (entry) => element('tr', {},
  element('th', { scope: 'row', class: 'entry' }, element('a', { href: `./entry${query_of({ firm: entry.firm, n: entry.entry })}` }, String(entry.entry))),
  element('td', { class: 'when' }, time(entry.at)),
  element('td', { class: 'kind' }, word(`kind_${entry.kind}`)),
  element('td', { class: 'file' }, entry.file ?? ''),
  element('td', { class: 'who' }, entry.who),
  element('td', { class: 'source' }, word(`source_${entry.source}`)),
  element('td', { class: 'result' }, outcome(entry)));

export const show = (view) => {
  const { firm, inbox } = view.dataset;
  let kind = '';
  let before = '';
  let etag = '';
  let address = '';

  const head = columns.map((name) => element('th', { scope: 'col', class: name }, word(name)));
  const table = element('table', { class: 'entries', 'aria-label': word('imports_table') }, element('thead', {}, element('tr', {}, head)), element('tbody'));
  const empty = element('p', { class: 'empty', hidden: true }, word('no_entries'));
  const newest = button(word('newest'), () => turn(''), { hidden: true });
  const older = button(word('older'), () => turn(older.value), { hidden: true });

  const look = async () => {
    const asked = url('imports', { firm, inbox, kind, before, limit: page_size });
    const answer = await call('GET', asked, { headers: asked === address && etag ? { 'If-None-Match': etag } : {} });
    if (answer.status === 304) return;
    if (!answer.ok) {
      announce(reason(answer));
      return;
    }
    [address, etag] = [asked, answer.etag];
    const { entries } = answer.body;
    fill(table, entries, row_of);
    table.hidden = entries.length === 0;
    empty.hidden = entries.length > 0;
    newest.hidden = before === '';
    older.hidden = entries.length < page_size;
    older.value = entries.at(-1)?.entry;
  };
  const look_now = watch(look);

  const turn = (from) => {
    before = from;
    look_now();
  };

  const filter = element('select', { 'aria-label': word('kind'), change: () => { kind = filter.value; turn(''); } },
    element('option', { value: '' }, `${word('kind')}: ${word('all')}`),
    kinds.map((name) => element('option', { value: name }, word(`kind_${name}`))));
  view.replaceChildren(element('div', { class: 'toolbar' }, filter), empty, table, element('div', { class: 'actions' }, newest, older));
};
