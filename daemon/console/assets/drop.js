// A file dropped on another page is carried to the upload page in the tab's storage.

import { announce, counted, html, word } from './dom.js';

const storage_key = 'clientsync-upload';

/** Gives `take` a file's name, and its bytes in Base64, unless it is larger than any that an inbox takes. */
export const pack = async (file, take) => {
  const { largest } = document.body.dataset;
  if (file.size > largest) {
    announce(counted('file_too_large', largest / 1024));
    return;
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  take({ name: file.name, file: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')) });
};

/** The file that was dropped on another page; null if none was. */
export const carried_file = () => {
  const text = sessionStorage.getItem(storage_key);
  sessionStorage.removeItem(storage_key);
  return JSON.parse(text);
};

const carry = (packed, address) => {
  try {
    sessionStorage.setItem(storage_key, JSON.stringify(packed));
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
    else pack(files[0], (packed) => carry(packed, address));
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
