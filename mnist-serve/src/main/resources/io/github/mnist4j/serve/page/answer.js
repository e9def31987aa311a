// What was read: the digits, how sure the network is, what it saw, and what its first layers make of it.
const result = document.getElementById('result');
const digits = document.getElementById('digits');
const verdict = document.getElementById('verdict');
const picker = document.getElementById('picker');
const bars = document.getElementById('bars');
const seen = document.getElementById('seen');
const think = document.getElementById('think');
const layers = document.getElementById('layers');

const rows = Array.from({ length: 10 }, (_, digit) => {
  const row = document.createElement('li');
  const track = element('div', 'track');
  const fill = element('div', 'fill');
  const percent = document.createElement('output');
  track.append(fill);
  row.append(element('span', '', digit), track, percent);
  bars.append(row);
  return { row, fill, percent };
});

let found = [];
let picked; // by the user; else the last
let request;

export function element(name, className = '', text = '') {
  const e = document.createElement(name);
  if (className) {
    e.className = className;
  }
  e.textContent = text;
  return e;
}

export function percent(share) {
  return `${(100 * share).toFixed(share >= 0.9995 || share < 0.0005 ? 0 : 1)} %`;
}

/** Base64 as bytes. */
export function bytes(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

/** Draws bytes in MNIST's form, white ink on black. */
export function paintDigit(canvas, pixels) {
  canvas.width = canvas.height = 28;
  paintGray(canvas, pixels, 0, (v) => [v, v, v]);
}

function paintGray(canvas, pixels, from, color) {
  const image = new ImageData(canvas.width, canvas.height);
  for (let i = 0; i < canvas.width * canvas.height; i++) {
    image.data.set([...color(pixels[from + i]), 255], 4 * i);
  }
  canvas.getContext('2d').putImageData(image, 0, 0);
}

function say(state, strong, more = '') {
  result.dataset.state = state;
  verdict.replaceChildren(...(strong ? [element('b', '', strong)] : []), more);
}

export function showNothing() {
  blank();
  say('empty', '', 'Nothing drawn yet');
}

export function showError(detail) {
  blank();
  say('error', 'That did not work', detail);
}

function blank() {
  found = [];
  picked = undefined;
  digits.replaceChildren();
  digits.className = 'digits';
  picker.replaceChildren();
  paintDigit(seen, new Uint8Array(784));
  for (const { row, fill, percent: text } of rows) {
    row.className = '';
    fill.style.transform = 'scaleX(0)';
    text.textContent = '–';
  }
  request?.abort();
  layers.replaceChildren(element('p', 'quiet', 'Draw something to see it.'));
}

export function showAnswer({ lines }) {
  const all = lines.flatMap((line) => line.digits);
  if (all.length === 0) {
    blank();
    say('none', 'No digit', 'This does not look like one.');
    return;
  }
  if (found.length !== all.length) {
    picked = undefined;
  }
  found = all;
  digits.replaceChildren(...lines.map((line) => {
    const e = element('span', 'line');
    e.append(...line.digits.map((d) => element('span', d.unsure ? 'doubt' : '', d.unsure && all.length > 1 ? '?' : d.digit)));
    return e;
  }));
  digits.className = `digits${all.length > 12 ? ' crowd' : all.length > 3 || lines.length > 1 ? ' many' : ''}`;
  const doubts = all.filter((d) => d.unsure).length;
  if (all.length === 1) {
    const [one] = all;
    say(one.unsure ? 'unsure' : 'sure', one.unsure ? 'Not sure' : percent(one.confidence),
      one.unsure ? `perhaps a ${one.digit}, ${percent(one.confidence)}` : 'sure of it');
  } else {
    say(doubts > 0 ? 'unsure' : 'sure', `${all.length} digits`, doubts > 0 ? `not sure of ${doubts} of them` : 'sure of all');
  }
  picker.replaceChildren(...(all.length > 1 ? all.map((d, i) => {
    const button = element('button', '', d.digit);
    button.type = 'button';
    button.setAttribute('aria-label', `Look at digit ${i + 1}: ${d.digit}`);
    button.addEventListener('click', () => { picked = i; look(i); });
    return button;
  }) : []));
  look(picked ?? all.length - 1);
}

/** Shows one of the digits in detail. */
function look(index) {
  const digit = found[index];
  [...picker.children].forEach((button, i) => button.setAttribute('aria-pressed', i === index));
  digit.probabilities.forEach((p, d) => {
    rows[d].row.className = d === digit.digit ? 'best' : '';
    rows[d].fill.style.transform = `scaleX(${p})`;
    rows[d].percent.textContent = percent(p);
  });
  const pixels = bytes(digit.pixels);
  paintDigit(seen, pixels);
  watchItThink(pixels);
}

think.addEventListener('toggle', () => {
  if (think.open && found.length > 0) {
    look(picked ?? found.length - 1);
  }
});

async function watchItThink(pixels) {
  request?.abort();
  if (!think.open) {
    return;
  }
  request = new AbortController();
  const { signal } = request;
  try {
    const response = await fetch('v1/activations', {
      method: 'POST', body: pixels, headers: { 'Content-Type': 'application/octet-stream' }, signal,
    });
    const answer = await response.json();
    if (!signal.aborted && response.ok) {
      showLayers(answer.layers);
    }
  } catch { /* the next digit is being looked at, or the server is gone, which the answer says */ }
}

function showLayers(all) {
  if (all.length === 0) {
    layers.replaceChildren(element('p', 'quiet', 'This network has no convolutions.'));
    return;
  }
  const old = layers.querySelectorAll('.layer');
  if (old.length !== all.length) {
    layers.replaceChildren(...all.map((layer) => {
      const e = element('div', 'layer');
      const grid = document.createElement('div');
      grid.setAttribute('role', 'img');
      grid.setAttribute('aria-label', `${layer.channels} maps of convolution ${layer.layer}`);
      grid.append(...Array.from({ length: layer.channels }, () => document.createElement('canvas')));
      e.append(element('h3', '', `Convolution ${layer.layer}: ${layer.channels} maps of ${layer.width} × ${layer.height}`), grid);
      return e;
    }));
  }
  all.forEach((layer, i) => {
    const pixels = bytes(layer.pixels);
    const area = layer.width * layer.height;
    layers.children[i].querySelectorAll('canvas').forEach((canvas, c) => {
      if (canvas.width !== layer.width) {
        canvas.width = layer.width;
        canvas.height = layer.height;
      }
      paintGray(canvas, pixels, c * area, glow);
    });
  });
}

/** Night, indigo, orange, light: brighter for more, also for who does not see colours. */
const GLOW = [[11, 10, 31], [67, 56, 202], [219, 90, 120], [251, 191, 36], [255, 251, 235]];

function glow(value) {
  const at = value / 255 * (GLOW.length - 1);
  const i = Math.min(GLOW.length - 2, Math.floor(at));
  return GLOW[i].map((v, k) => v + (GLOW[i + 1][k] - v) * (at - i));
}
