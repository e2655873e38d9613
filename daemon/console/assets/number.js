// A client's number, edited in its cell.

import { call, reason, url } from './api.js';
import { edit } from './cells.js';
import { announce, word } from './dom.js';

/**
 * Opens the editor. It saves only what was changed from the number that the reader saw: if somebody else changed it, it
 * says so first. `done(key)` is called at the end; by then `client` is as the register has it.
 */
export const edit_number = (from, text, client, firm, done) => {
  const address = url(`clients/${encodeURIComponent(client.company_id)}`, { firm });
  const look = () => call('GET', address);
  let seen = client.client_number ?? '';
  let present = look();
  const save = async (client_number) => {
    const now = await present;
    const number = now.body.client_number ?? '';
    if (now.ok && number !== seen) {
      seen = number;
      return word('changed_meanwhile', { text: number || word('no_number') });
    }
    const answer = now.ok ? await call('PATCH', address, { body: { client_number }, headers: { 'If-Match': now.etag } }) : now;
    present = look();
    if (answer.status === 412) return save(client_number);
    if (!answer.ok) return reason(answer);
    Object.assign(client, (await present).body);
    announce(word('saved', { text: client.display_name }));
    return null;
  };
  edit(from, { value: seen, text, label: `${word('client_number')}, ${client.display_name}`, save, done });
};
