// The firm's clients: find, filter, sort, mark, edit.

import { call, query_of, reason, url } from './api.js';
import { edit, focus_cell, offer_tab_stop, use_keys } from './cells.js';
import { chosen_columns, column_menu, heading } from './columns.js';
import { announce, button, counted, debounced, fill, html, word } from './dom.js';
import { filter_form, filters_of_page, offer } from './filters.js';

const cell_of = (client, column, firm) => {
  const text = client[column] ?? '';
  if (column === 'display_name') {
    const link = html.a({ href: `./client${query_of({ firm, id: client.company_id })}`, tabindex: -1 }, text);
    return html.th({ scope: 'row', class: column }, link);
  }
  const empty = column === 'client_number' && !text && word('no_number');
  return html.td({ class: column, 'data-empty': empty }, column === 'status' ? word(text) : text);
};

const row_of = (page, client) => {
  const on = page.marked.has(client.company_id);
  const mark = page.may_edit && html.td({ class: 'mark' }, html.input({
    type: 'checkbox', tabindex: -1, checked: on, 'aria-label': word('mark', { text: client.display_name }),
  }));
  return html.tr({ 'data-id': client.company_id, class: client.status, 'aria-selected': page.may_edit && String(on) },
    mark, page.columns.map((column) => cell_of(client, column, page.firm)));
};

const show_line = (page) => {
  const { marked, clients, line } = page;
  line.classList.toggle('marking', marked.size > 0);
  line.firstChild.textContent = marked.size ? counted('marked_count', marked.size) : counted('client_count', clients.length);
};

const show_marks = (page) => {
  const { clients, head, marked, table } = page;
  for (const row of table.tBodies[0].rows) {
    const on = marked.has(row.dataset.id);
    row.setAttribute('aria-selected', on);
    row.querySelector('.mark input').checked = on;
  }
  const all = head.querySelector('.mark input');
  all.checked = marked.size > 0 && marked.size === clients.length;
  all.indeterminate = marked.size > 0 && !all.checked;
  show_line(page);
};

const mark = (page, clients, on) => {
  for (const { company_id } of clients) {
    if (on) page.marked.add(company_id);
    else page.marked.delete(company_id);
  }
  show_marks(page);
};

/** Marks a client; with Shift, all from the one that was marked before. */
const mark_clicked = (page, { shiftKey, target }) => {
  if (!target.matches('tbody .mark input')) return;
  const { id } = target.closest('tr').dataset;
  const place = page.clients.findIndex((client) => client.company_id === id);
  const from = shiftKey ? page.last_marked : place;
  page.last_marked = place;
  mark(page, page.clients.slice(Math.min(from, place), Math.max(from, place) + 1), target.checked);
};

const set_status = async (page, status) => {
  const edits = [...page.marked].map((company_id) => ({ company_id, status }));
  const answer = await call('POST', url('clients/edits', { firm: page.firm }), { body: { edits } });
  if (!answer.ok) {
    announce(reason(answer));
    return;
  }
  announce(answer.body.entry ? counted('saved_count', answer.body.changes.length) : word('nothing_changed'));
  await load(page);
  page.line.querySelector('button')?.focus();
};

const show_head = (page) => {
  const all = html.input({ type: 'checkbox', 'aria-label': word('mark_all'), change: () => mark(page, page.clients, all.checked) });
  page.head.replaceChildren(html.tr(page.may_edit && html.th({ class: 'mark', scope: 'col' }, all),
    page.columns.map((column) => heading(column, page.sort, (sort) => sort_by(page, sort)))));
};

const show_clients = (page) => {
  const { clients, columns, download, empty, filters, firm, sort, table } = page;
  show_head(page);
  fill(table, clients, (client) => row_of(page, client));
  offer_tab_stop(table);
  table.hidden = clients.length === 0;
  empty.hidden = clients.length > 0;
  empty.replaceChildren(...(Object.values(filters).some(Boolean)
    ? [word('no_clients'), ' ', html.a({ href: `./clients${query_of({ firm })}` }, word('clear_filters'))] : [word('no_clients_yet')]));
  download.href = url('clients.csv', { ...filters, sort, firm, columns: columns.join(',') });
  if (page.may_edit) show_marks(page);
  else show_line(page);
};

const remember = (page, choice) => {
  Object.assign(page, choice);
  Object.assign(page.preferences, choice);
  call('PATCH', url('session'), { body: { preferences: page.preferences } });
};

const sort_by = async (page, sort) => {
  remember(page, { sort });
  await load(page);
  page.head.querySelector('[aria-sort] button').focus();
};

const load = async (page) => {
  const { filters, firm, form, sort } = page;
  const asked = url('clients', { ...filters, sort, firm });
  page.asked = asked;
  const answer = await call('GET', asked);
  if (page.asked !== asked) return;
  if (!answer.ok) {
    announce(reason(answer));
    return;
  }
  page.clients = answer.body.clients;
  page.last_marked = 0;
  page.marked = page.marked.intersection(new Set(page.clients.map((client) => client.company_id)));
  offer(form.elements.type, answer.body.types);
  offer(form.elements.lead, answer.body.leads);
  show_clients(page);
};

/** Saves a number, but only if the client is as the reader saw it. Gives what is wrong, or null. */
const save_number = async (client, firm, client_number) => {
  const headers = { 'If-Match': `"${client.etag}"` };
  const answer = await call('PATCH', url(`clients/${encodeURIComponent(client.company_id)}`, { firm }), { body: { client_number }, headers });
  if (answer.status === 412) {
    Object.assign(client, answer.body.client);
    return word('changed_meanwhile', { text: client.client_number || word('no_number') });
  }
  if (!answer.ok) return reason(answer);
  client.etag = answer.etag.replaceAll('"', '');
  for (const { after } of answer.body.changes) client.client_number = after;
  announce(word('saved', { text: client.display_name }));
  return null;
};

const open = (page, from, text) => {
  if (!page.may_edit || !from.matches('.client_number')) return;
  const row = from.parentNode;
  const client = page.clients.find(({ company_id }) => company_id === row.dataset.id);
  const place = from.cellIndex;
  edit(from, {
    value: client.client_number ?? '', text, label: `${word('client_number')}, ${client.display_name}`,
    save: (typed) => save_number(client, page.firm, typed),
    done: (key) => {
      const fresh = row_of(page, client);
      row.replaceWith(fresh);
      if (key !== 'blur') focus_cell(page.table, fresh.cells[place]);
    },
  });
};

export const show = (view) => {
  const { firm, role } = view.dataset;
  const preferences = JSON.parse(view.dataset.preferences || '{}');
  const page = {
    firm, preferences,
    head: html.thead(),
    may_edit: role !== 'viewer',
    sort: 'display_name',
    ...preferences,
    columns: chosen_columns(preferences.columns),
    filters: filters_of_page(),
    clients: [],
    marked: new Set(),
    last_marked: 0,
    table: html.table({ class: 'clients', 'aria-label': word('clients_table'), click: (event) => mark_clicked(page, event) }, html.tbody()),
    line: html.div({ class: 'line' }, html.span({ role: 'status' }, word('loading')),
      button(word('activate'), () => set_status(page, 'active')),
      button(word('deactivate'), () => set_status(page, 'inactive')),
      button(word('unmark'), () => mark(page, page.clients, false), { class: 'quiet' })),
    empty: html.p({ class: 'empty', hidden: true }),
    download: html.a({ class: 'button' }, word('download_csv')),
  };
  page.form = filter_form(firm, page.filters, debounced(150, (filters) => {
    page.filters = filters;
    load(page);
  }));
  page.table.prepend(page.head);
  use_keys(page.table, (from, text) => open(page, from, text));
  const menu = column_menu(page.columns, (columns) => {
    remember(page, { columns });
    show_clients(page);
  });
  view.replaceChildren(
    html.div({ class: 'toolbar' }, page.form, html.div({ class: 'actions' }, menu, page.download)),
    page.line, page.empty, page.table, html.p({ class: 'hint' }, page.may_edit ? word('edit_hint') : ''));
  show_head(page);
  load(page);
};
