// A photo from a file, the camera, the clipboard or another window: boxes on it, and its text.
import { bytes, element, paintDigit, percent } from './answer.js';

const MOST_PIXELS = 16e6; // the server takes 20 million and 10 MB: what is larger is sent smaller
const MOST_BYTES = 9e6;
const MOST_SHOWN = 1600; // pixels of the longer side on the page

const drop = document.getElementById('drop');
const status = document.getElementById('photo-status');
const result = document.getElementById('photo-result');
const canvas = document.getElementById('photo-canvas');
const text = document.getElementById('photo-text');
const unsure = document.getElementById('photo-unsure');
const strip = document.getElementById('photo-digits');
const copy = document.getElementById('copy');
const file = document.getElementById('file');
const camera = document.getElementById('camera');

let request;

export function startPhotos(open) {
  for (const input of [file, camera]) {
    input.addEventListener('change', () => {
      if (input.files.length > 0) {
        read(input.files[0]);
      }
      input.value = ''; // the same file may be chosen again
    });
  }
  addEventListener('dragover', (e) => {
    if (e.dataTransfer?.types.includes('Files')) {
      e.preventDefault();
      drop.classList.add('over');
    }
  });
  addEventListener('dragleave', (e) => {
    if (!e.relatedTarget) {
      drop.classList.remove('over');
    }
  });
  addEventListener('drop', (e) => {
    drop.classList.remove('over');
    take(e, e.dataTransfer?.files, open);
  });
  addEventListener('paste', (e) => take(e, e.clipboardData?.files, open));
  copy.addEventListener('click', copyText);
}

function take(event, files, open) {
  if (files?.length > 0) {
    event.preventDefault(); // or the browser leaves the page for the image
    open();
    read(files[0]);
  }
}

function tell(sentence, bad = false) {
  status.textContent = sentence;
  status.classList.toggle('bad', bad);
}

/** What the browser makes of the file: upright, or nothing for kinds that only the server knows. */
async function decode(blob) {
  try {
    return await createImageBitmap(blob, { imageOrientation: 'from-image' });
  } catch {
    return undefined;
  }
}

/** Whether a file begins as the kinds do that the server reads: to send it others is of no use. */
async function isImage(blob) {
  const start = new Uint8Array(await blob.slice(0, 12).arrayBuffer());
  const text = String.fromCharCode(...start);
  return /^(\x89PNG|\xff\xd8|GIF8|BM|II\*\0|MM\0\*|II\+\0|MM\0\+|RIFF[^]{4}WEBP)/.test(text);
}

async function smaller(blob, bitmap) {
  const pixels = bitmap ? bitmap.width * bitmap.height : 0;
  if (!bitmap || (pixels <= MOST_PIXELS && blob.size <= MOST_BYTES)) {
    return blob;
  }
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / 2 / pixels));
  const copied = document.createElement('canvas');
  copied.width = Math.round(bitmap.width * scale);
  copied.height = Math.round(bitmap.height * scale);
  const context = copied.getContext('2d', { alpha: false });
  context.fillStyle = '#fff';
  context.fillRect(0, 0, copied.width, copied.height);
  context.drawImage(bitmap, 0, 0, copied.width, copied.height);
  return new Promise((resolve) => { copied.toBlob(resolve, 'image/jpeg', 0.92); });
}

async function read(blob) {
  request?.abort();
  request = new AbortController();
  const { signal } = request;
  result.hidden = true;
  tell('Reading …');
  try {
    const bitmap = await decode(blob);
    if (!bitmap && !await isImage(blob)) {
      if (!signal.aborted) {
        tell('This is not an image that can be read (PNG, JPEG, GIF, BMP, TIFF, WebP).', true);
      }
      return;
    }
    const body = await smaller(blob, bitmap);
    const type = body.type.startsWith('image/') ? body.type : 'application/octet-stream';
    const response = await fetch('v1/read', { method: 'POST', body, headers: { 'Content-Type': type }, signal });
    const answer = await response.json();
    if (!response.ok) {
      tell(answer.detail, true);
    } else {
      show(answer, bitmap);
    }
  } catch (e) {
    if (e.name !== 'AbortError') {
      tell('The server does not answer.', true);
    }
  }
}

function show(answer, bitmap) {
  const digits = answer.lines.flatMap((line) => line.digits);
  const doubts = digits.filter((d) => d.unsure).length;
  const lines = answer.lines.length;
  tell(digits.length === 0 ? 'No digit found on this image.'
    : `${digits.length} digit${digits.length > 1 ? 's' : ''} in ${lines} line${lines > 1 ? 's' : ''}.`);
  result.hidden = false;
  paintPage(answer, bitmap, digits);
  text.textContent = answer.text;
  text.parentElement.hidden = strip.parentElement.hidden = digits.length === 0;
  unsure.textContent = doubts > 0 ? `? stands for a digit that the network is not sure of: ${doubts} here.` : '';
  strip.replaceChildren(...digits.map((d) => {
    const figure = element('figure', d.unsure ? 'doubt' : '');
    const image = document.createElement('canvas');
    image.setAttribute('role', 'img');
    image.setAttribute('aria-label', `What the network saw of a ${d.digit}`);
    paintDigit(image, bytes(d.pixels));
    const caption = element('figcaption');
    caption.append(element('b', '', d.unsure ? `${d.digit}?` : d.digit), document.createElement('br'), percent(d.confidence));
    figure.append(image, caption);
    return figure;
  }));
}

function paintPage(answer, bitmap, digits) {
  const scale = Math.min(1, MOST_SHOWN / Math.max(answer.width, answer.height));
  canvas.width = Math.max(1, Math.round(answer.width * scale));
  canvas.height = Math.max(1, Math.round(answer.height * scale));
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  if (bitmap) {
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  }
  const unit = Math.max(canvas.width, canvas.height) / 400;
  context.lineWidth = Math.max(1.5, unit * 0.9);
  context.textBaseline = 'alphabetic';
  for (const { box, digit, unsure: doubt } of digits) {
    const [x, y, w, h] = [box.x, box.y, box.width, box.height].map((v) => v * scale);
    const pad = unit * 2;
    context.strokeStyle = context.fillStyle = doubt ? '#b45309' : '#4338ca';
    context.setLineDash(doubt ? [unit * 3, unit * 2] : []);
    context.beginPath();
    context.roundRect(x - pad, y - pad, w + 2 * pad, h + 2 * pad, unit * 2);
    context.stroke();
    const size = Math.max(11, Math.min(unit * 11, h * 0.5));
    context.font = `700 ${size}px system-ui, sans-serif`;
    const label = doubt ? `${digit}?` : String(digit);
    const width = context.measureText(label).width + size * 0.5;
    const top = Math.max(0, y - pad - size * 1.15);
    context.beginPath();
    context.roundRect(x - pad, top, width, size * 1.15, size * 0.25);
    context.fill();
    context.fillStyle = '#fff';
    context.fillText(label, x - pad + size * 0.25, top + size * 0.95);
  }
}

async function copyText() {
  try {
    await navigator.clipboard.writeText(text.textContent);
    copy.textContent = 'Copied';
  } catch { // not allowed, or not a secure page: then by hand
    getSelection().selectAllChildren(text);
    copy.textContent = 'Selected: press Ctrl+C';
  }
  setTimeout(() => { copy.textContent = 'Copy'; }, 2500);
}
