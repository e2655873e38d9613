// Starts what the page contains.

import { closable, time } from './dom.js';
import { accept_drops } from './drop.js';

for (const name of ['clients', 'upload', 'imports']) {
  const view = document.getElementById(`${name}-view`);
  if (view) import(`./${name}.js`).then((script) => script.show(view));
}

const upload = document.querySelector('nav a[href^="./upload"]');
if (upload) accept_drops(document.getElementById('upload-view'), upload.href);

for (const menu of document.querySelectorAll('header details')) closable(menu);
for (const old of document.querySelectorAll('time[datetime]')) old.replaceWith(time(old.dateTime));
