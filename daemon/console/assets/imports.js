// The ledger, live.

import { call, query_of, reason, url, watch } from './api.js';
import { announce, button, fill, filter_select, html, outcome_counts, time, word } from './dom.js';

const kinds = ['import', 'load', 'edit', 'undo', 'replay', 'adopt'];
const columns = ['entry', 'when', 'kind', 'file', 'who', 'source', 'result'];
const page_size = 50;

const outcome = (entry) => [
  ...(entry.outcome === 'rejected' ? [html.span({ class: 'failed' }, word('rejected'))] : outcome_counts(entry)),
  entry.undone_by && html.span({ class: 'tag' }, word('undone_by', { n: entry.undone_by })),
];

const row_of = (entry) => html.tr([
  html.a({ href: `./entry${query_of({ firm: entry.firm, n: entry.entry })}` }, entry.entry),
  time(entry.at), word(`kind_${entry.kind}`), entry.file, entry.who === 'unknown' ? word('nobody_known') : entry.who, word(`source_${entry.source}`), outcome(entry),
].map((content, place) => html[place ? 'td' : 'th']({ scope: place ? null : 'row', class: columns[place] }, content)));

export const show = (view) => {
  const { firm, inbox } = view.dataset;
  let before = '';
  let shown = {};

  const table = html.table({ class: 'entries', 'aria-label': word('imports_table') },
    html.thead(html.tr(columns.map((name) => html.th({ scope: 'col', class: name }, word(name))))), html.tbody());
  const empty = html.p({ class: 'empty', hidden: true }, word('no_entries'));
  const older = button(word('older'), () => turn(older.value), { hidden: true });

  const filter = filter_select('kind', kinds.map((name) => [name, word(`kind_${name}`)]));

  const address = () => url('imports', { firm, inbox, kind: filter.value, before, limit: page_size });
  const look = async () => {
    const asked = address();
    const answer = await call('GET', asked, { headers: asked === shown.asked ? { 'If-None-Match': shown.etag } : {} });
    if (asked !== address() || answer.status === 304) return;
    if (!answer.ok) {
      announce(reason(answer));
      return;
    }
    shown = { asked, etag: answer.etag };
    const { entries } = answer.body;
    const focused = document.activeElement.getAttribute('href');
    fill(table, entries, row_of);
    table.querySelector(`[href="${focused}"]`)?.focus();
    table.hidden = entries.length === 0;
    empty.hidden = entries.length > 0;
    older.hidden = entries.length < page_size;
    older.value = entries.at(-1)?.entry;
  };

  const turn = (from) => {
    before = from;
    look();
  };

  filter.addEventListener('change', () => turn(''));
  watch(look);
  view.replaceChildren(html.div({ class: 'toolbar' }, filter), empty, table, older);
};
