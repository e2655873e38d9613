// Calls of the JSON API. URLs are relative, so that they work under any prefix.

import { word } from './dom.js';

const base = './api/v1/';
const form_token = document.querySelector('meta[name="form-token"]')?.content ?? '';

export const query_of = (values) => {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ''));
  return query.size ? `?${query}` : '';
};

export const url = (path, values = {}) => `${base}${path}${query_of(values)}`;

/** Nothing is thrown: without a connection, the status is 0. `body` is always an object. */
export const call = async (method, address, { body, headers } = {}) => {
  const sent = { 'X-Form-Token': form_token, 'Content-Type': 'application/json', ...headers };
  try {
    const response = await fetch(address, { method, headers: sent, body: body && JSON.stringify(body) });
    const json = response.headers.get('Content-Type')?.includes('json');
    const { ok, status } = response;
    const answer = { ok, status, etag: response.headers.get('ETag'), body: json ? await response.json() : {} };
    if (status === 401) answer.body = { detail: word('signed_out') };
    return answer;
  } catch {
    return { ok: false, status: 0, body: { detail: word('network_error') } };
  }
};

export const reason = ({ body, status }) =>
  body.errors?.map((error) => error.message).join(' ') || body.detail || body.title || `HTTP ${status}`;

/** Of several calls of `task`, only the latest is ever answered. */
export const latest = (task) => {
  let newest;
  return (...values) => {
    const result = task(...values);
    newest = result;
    return new Promise((resolve) => result.then((answer) => result === newest && resolve(answer)));
  };
};

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
