// Which clients are shown. They stay in the page's address, for reloads and the way back.

import { query_of } from './api.js';
import { filter_select, html, word } from './dom.js';

const names = ['find', 'type', 'lead', 'status', 'without_number'];

export const filters_of_page = () => {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(names.map((name) => [name, query.get(name) ?? '']));
};

export const offer = (select, values) => {
  const chosen = select.value;
  const offered = chosen && !values.includes(chosen) ? [...values, chosen] : values;
  select.replaceChildren(select.options[0], ...offered.map((value) => html.option({ value, selected: value === chosen }, value)));
};

export const filter_form = (firm, filters, changed) => {
  const form = html.form({ class: 'filters', role: 'search', submit: (event) => event.preventDefault() },
    html.input({ type: 'search', name: 'find', value: filters.find, 'aria-label': word('find_clients'), placeholder: word('find_clients') }),
    ['type', 'lead'].map((name) => filter_select(name, [[filters[name], filters[name]]], filters[name])),
    filter_select('status', ['active', 'inactive'].map((status) => [status, word(status)]), filters.status),
    html.label({ class: 'check' },
      html.input({ type: 'checkbox', name: 'without_number', value: 'true', checked: filters.without_number === 'true' }), word('without_number')));
  form.addEventListener('input', () => {
    history.replaceState(null, '', `./clients${query_of({ firm, ...Object.fromEntries(new FormData(form)) })}`);
    changed(filters_of_page());
  });
  return form;
};
