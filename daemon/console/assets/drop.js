// A file may be dropped on any page. From other pages it is carried to the upload page in the tab's own storage.

import { announce, html, word } from './dom.js';

const storage_key = 'clientsync-upload';

export const encoded = async (file) => {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
};

/** The file that was dropped on another page, as `{name, file}`; null if none was. */
export const carried_file = () => {
  const text = sessionStorage.getItem(storage_key);
  sessionStorage.removeItem(storage_key);
  return JSON.parse(text);
};

const carry = async (file, address) => {
  try {
    sessionStorage.setItem(storage_key, JSON.stringify({ name: file.name, file: await encoded(file) }));
    location.href = address;
  } catch {
    announce(word('file_too_large_to_drop'));
  }
};

/** Takes a file dropped anywhere: into `view` if the page has it, or to the upload page at `address`. */
export const accept_drops = (view, address) => {
  const overlay = html.div({ class: 'drop', hidden: true }, html.p(word('drop_here')));
  document.body.append(overlay);
  const take = (files) => {
    if (files.length > 1) announce(word('one_file_only'));
    else if (view) view.dispatchEvent(new CustomEvent('file', { detail: files[0] }));
    else carry(files[0], address);
  };
  let leaving;
  for (const type of ['dragover', 'drop']) {
    document.addEventListener(type, (event) => {
      if (!event.dataTransfer.types.includes('Files')) return;
      event.preventDefault();
      clearTimeout(leaving);
      leaving = setTimeout(() => { overlay.hidden = true; }, 200);
      overlay.hidden = type === 'drop';
      if (type === 'drop') take(event.dataTransfer.files);
    });
  }
};
