// The ledger, live.

import { call, reason, url, watch } from './api.js';
import { announce, button, choice, counted, element, fill, time, word } from './dom.js';

const kinds = ['import', 'load', 'edit', 'undo', 'replay'];
const page_size = 50;

const counts = (entry) => ['updated', 'created', 'unchanged', 'restored', 'failed'].filter((name) => entry[name])
  .map((name) => element('span', { class: name }, counted(`${name}_count`, entry[name])));

const outcome = (entry) => [
  entry.outcome === 'rejected' ? element('span', { class: 'failed' }, word('rejected')) : counts(entry),
  entry.undone_by ? element('span', { class: 'tag' }, word('undone_by', { n: entry.undone_by })) : null,
].flat();

const row_of = (entry) => element('tr', {},
  element('th', { scope: 'row', class: 'entry' }, element('a', { href: `./entry?n=${entry.entry}` }, String(entry.entry))),
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

  const head = ['entry', 'when', 'kind', 'file', 'who', 'source', 'result']
    .map((name) => element('th', { scope: 'col', class: name }, word(name)));
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

  const filter = choice([['', `${word('kind')}: ${word('all')}`], ...kinds.map((name) => [name, word(`kind_${name}`)])], '', {
    'aria-label': word('kind'), change: () => { kind = filter.value; turn(''); },
  });
  view.replaceChildren(element('div', { class: 'toolbar' }, filter), empty, element('div', { class: 'scroll' }, table),
    element('div', { class: 'actions' }, newest, older));
};
