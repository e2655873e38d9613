// Starts what the page contains.

import { announce, status, time } from './dom.js';
import { accept_drops } from './drop.js';

for (const name of ['clients', 'upload', 'imports']) {
  const view = document.getElementById(`${name}-view`);
  if (view) import(`./${name}.js`).then(({ show }) => show(view));
}

const upload = document.querySelector('nav a[href^="./upload"]');
if (upload) accept_drops(document.getElementById('upload-view'), upload.href);

for (const old of document.querySelectorAll('time[datetime]')) old.replaceWith(time(old.dateTime));

for (const type of ['pointerdown', 'focusin']) {
  document.addEventListener(type, ({ target }) => {
    for (const menu of document.querySelectorAll('details[open]')) menu.open = menu.contains(target);
  });
}
document.addEventListener('keydown', ({ key, target }) => {
  const menu = key === 'Escape' && target.closest('details[open]');
  if (!menu) return;
  menu.open = false;
  menu.firstChild.focus();
});

// Screen readers say nothing that a page has from the beginning.
const done = status.textContent;
status.textContent = '';
if (done) setTimeout(announce, 100, done);
