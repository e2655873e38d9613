// Which clients are shown. The filters stay in the page's address, so that a reload and the way back show the same.

import { element, word } from './dom.js';

const names = ['find', 'type', 'lead', 'status', 'without_number'];

export const filters_of_page = () => {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(names.map((name) => [name, query.get(name) ?? '']));
};

export const are_set = (filters) => names.some((name) => filters[name]);

export const clear_filters = () => {
  const here = new URL(location.href);
  names.forEach((name) => here.searchParams.delete(name));
  location.href = here;
};

/** Offers `values` in a select, and keeps the one that is chosen. */
export const offer = (select, values) => {
  const chosen = select.value;
  const offered = chosen && !values.includes(chosen) ? [...values, chosen] : values;
  select.replaceChildren(select.options[0], ...offered.map((value) => element('option', { value, selected: value === chosen }, value)));
};

/** A form with the filters. `changed` gets them after each change. */
export const filter_form = (filters, changed) => {
  const select = (name, values) => element('select', { name, 'aria-label': word(name) },
    element('option', { value: '' }, `${word(name)}: ${word('all')}`),
    values.filter(Boolean).map((value) => element('option', { value, selected: value === filters[name] }, word(value))));
  const form = element('form', { class: 'filters', role: 'search', submit: (event) => event.preventDefault() },
    element('input', { type: 'search', name: 'find', value: filters.find, 'aria-label': word('find_clients'), placeholder: word('find_clients') }),
    select('type', [filters.type]), select('lead', [filters.lead]), select('status', ['active', 'inactive']),
    element('label', { class: 'check' },
      element('input', { type: 'checkbox', name: 'without_number', value: 'true', checked: filters.without_number === 'true' }), word('without_number')));
  form.addEventListener('input', () => {
    const data = new FormData(form);
    const here = new URL(location.href);
    for (const name of names) {
      if (data.get(name)) here.searchParams.set(name, data.get(name));
      else here.searchParams.delete(name);
    }
    history.replaceState(null, '', here);
    changed(filters_of_page());
  });
  return form;
};
