// Calls of the JSON API. URLs are relative, so that they work under any prefix.

import { word } from './dom.js';

let form_token = document.querySelector('meta[name="form-token"]')?.content;

export const query_of = (values) => {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ''));
  return query.size ? `?${query}` : '';
};

export const url = (path, values = {}) => `./api/v1/${path}${query_of(values)}`;

const send = (method, address, body, headers) => fetch(address, {
  method, headers: { 'X-Form-Token': form_token, 'Content-Type': 'application/json', ...headers }, body: body && JSON.stringify(body),
});

/** Nothing is thrown: without a connection, the status is 0. `body` is always an object. */
export const call = async (method, address, { body, headers } = {}) => {
  try {
    let response = await send(method, address, body, headers);
    if (response.status === 403) {
      // Whoever signed in again, in another tab, has another token now.
      const page = await (await fetch('./account')).text();
      form_token = page.match(/"form-token" content="(\w+)"/)?.[1];
      response = await send(method, address, body, headers);
    }
    const { ok, status } = response;
    const is_json = response.headers.get('Content-Type')?.includes('json');
    const answer = { ok, status, etag: response.headers.get('ETag'), body: is_json ? await response.json() : {} };
    if (status === 401) answer.body = { detail: word('signed_out') };
    return answer;
  } catch {
    return { ok: false, status: 0, body: { detail: word('network_error') } };
  }
};

export const reason = ({ body, status }) =>
  body.errors?.map((error) => error.message).join(' ') || body.detail || body.title || `HTTP ${status}`;

/** Looks every five seconds while the page is visible. Events only make it sooner: proxies may hold them back. */
export const watch = (look) => {
  let events;
  const turn = () => {
    events?.close();
    if (document.hidden) return;
    events = new EventSource(url('events'));
    events.addEventListener('entry', look);
    look();
  };
  document.addEventListener('visibilitychange', turn);
  setInterval(() => document.hidden || look(), 5000);
  turn();
};
