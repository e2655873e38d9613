// Calls of the JSON API. URLs are relative, so that they work under any prefix.

import { word } from './dom.js';

const form_token = document.querySelector('meta[name="form-token"]');

export const query_of = (values) => {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ''));
  return query.size ? `?${query}` : '';
};

export const url = (path, values = {}) => `./api/v1/${path}${query_of(values)}`;

const send = async (method, address, body, headers) => {
  const response = await fetch(address, {
    method,
    headers: { 'X-Form-Token': form_token.content, 'Content-Type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  });
  const { ok, status } = response;
  const is_json = response.headers.get('Content-Type')?.includes('json');
  return { ok, status, etag: response.headers.get('ETag'), body: is_json ? await response.json() : {} };
};

const not_done = (detail) => ({ ok: false, body: { detail } });

/** Nothing is thrown. `body` is always an object. */
export const call = async (method, address, { body, headers } = {}) => {
  try {
    const answer = await send(method, address, body, headers);
    if (answer.status === 401) return not_done(word('signed_out'));
    if (answer.body.code !== 'form_token_wrong') return answer;
    // Whoever signed in again has another token now.
    const page = await (await fetch('./account')).text();
    const [, token, user] = page.match(/"form-token" content="(\w+)" data-user="(\d+)"/) ?? [];
    if (user !== form_token.dataset.user) return not_done(word('another_user'));
    form_token.content = token;
    return await send(method, address, body, headers);
  } catch {
    return not_done(word('network_error'));
  }
};

export const reason = ({ body, status }) =>
  body.errors?.map((error) => error.message).join(' ') || body.detail || `HTTP ${status}`;

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
