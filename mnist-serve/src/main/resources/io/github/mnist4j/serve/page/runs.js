// What is being trained, and what was: a list, curves that grow, the confusion matrix, the mistakes, a search's trials.
import { element } from './answer.js';
import { drawChart } from './chart.js';

const LIST_MS = 4000;
const TRAINING_IMAGES = 60000; // of MNIST and Fashion-MNIST

const list = document.getElementById('run-list');
const status = document.getElementById('runs-status');
const panel = document.getElementById('run');
const title = document.getElementById('run-name');
const facts = document.getElementById('run-facts');
const curves = document.getElementById('curves');
const trials = document.getElementById('trials');
const images = document.getElementById('run-images');

let timer;
let events;
let shown; // the name of the run that is shown
let run; // what is known of it
let order = { column: 'validationAccuracy', down: true };
let frame;

/** Shows the tab with this run, or hides it and stops asking. */
export function showRuns(visible, name) {
  clearTimeout(timer);
  if (!visible) {
    close();
    return;
  }
  refresh();
  if (name) {
    open(name);
  } else {
    close();
    panel.hidden = true;
  }
}

function close() {
  events?.close();
  events = undefined;
  shown = undefined;
}

async function refresh() {
  clearTimeout(timer);
  try {
    const answer = await (await fetch('v1/runs')).json();
    showList(answer);
    if (answer.shown) {
      timer = setTimeout(refresh, LIST_MS);
    }
  } catch {
    status.textContent = 'The server does not answer.';
    timer = setTimeout(refresh, LIST_MS);
  }
}

function say(...parts) {
  status.replaceChildren(...parts);
}

function showList({ shown: isShown, runs }) {
  if (!isShown) {
    say('No folder of runs is shown. Start the server with ', element('code', '', './mnist serve --runs runs'), '.');
  } else if (runs.length === 0) {
    say('No run yet. ', element('code', '', './mnist train'), ' makes one.');
  } else {
    say('');
  }
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.name : undefined;
  list.replaceChildren(...runs.map((r) => {
    const item = document.createElement('li');
    const button = element('button');
    button.type = 'button';
    button.dataset.name = r.name;
    button.setAttribute('aria-current', r.name === shown);
    const accuracy = Number.isFinite(r.testAccuracy) ? `, ${(100 * r.testAccuracy).toFixed(2)} %` : '';
    const about = r.kind === 'search' ? 'search' : `${r.model}, ${r.dataset}, ${r.epochs} epochs${accuracy}`;
    button.append(element('b', '', r.name), element('span', `badge ${r.state}`, r.state), element('small', '', about));
    button.addEventListener('click', () => { location.hash = `runs/${encodeURIComponent(r.name)}`; });
    item.append(button);
    return item;
  }));
  if (focused) {
    [...list.querySelectorAll('button')].find((b) => b.dataset.name === focused)?.focus();
  }
}

async function open(name) {
  close();
  shown = name;
  for (const button of list.querySelectorAll('button')) {
    button.setAttribute('aria-current', button.dataset.name === name);
  }
  const response = await fetch(`v1/runs/${encodeURIComponent(name)}`).catch(() => undefined);
  if (shown !== name) {
    return;
  }
  if (!response?.ok) {
    panel.hidden = true;
    say('There is no run of this name.');
    return;
  }
  run = { ...await response.json(), steps: [], history: [], rows: [] };
  panel.hidden = false;
  title.textContent = run.name;
  const search = run.kind === 'search';
  curves.hidden = search;
  trials.hidden = !search;
  images.replaceChildren();
  showImages();
  draw();
  events = new EventSource(`v1/runs/${encodeURIComponent(name)}/events`);
  on('reset', () => { run.steps = []; run.history = []; run.rows = []; });
  on('step', (step) => run.steps.push(step));
  on('epoch', (epoch) => run.history.push(epoch));
  on('trial', (trial) => run.rows.push(trial));
  on('done', async () => {
    events.close(); // or the browser would ask again
    const last = await fetch(`v1/runs/${encodeURIComponent(name)}`);
    if (shown === name && last.ok) {
      Object.assign(run, await last.json());
      showImages();
      draw();
    }
  });
  // an EventSource that is cut off asks again, and then hears everything anew
  events.addEventListener('open', () => { run.steps = []; run.history = []; run.rows = []; });
}

function on(name, action) {
  events.addEventListener(name, (e) => {
    action(JSON.parse(e.data));
    frame ??= requestAnimationFrame(() => { frame = undefined; draw(); });
  });
}

function showImages() {
  const captions = { 'confusion.png': 'Confusion matrix', 'mistakes.png': 'Worst mistakes', 'samples.png': 'What it learns from' };
  const wanted = Object.keys(captions).filter((image) => run.images.includes(image));
  const shownImages = wanted.map((image) => {
    const figure = element('figure', 'card');
    const picture = document.createElement('img');
    picture.src = `v1/runs/${encodeURIComponent(run.name)}/images/${image}`;
    picture.alt = captions[image];
    picture.loading = 'lazy';
    figure.append(element('figcaption', '', captions[image]), picture);
    return figure;
  });
  if (run.state === 'done' && run.kind === 'run' && !run.images.includes('mistakes.png')) {
    const hint = element('p', 'card quiet', 'To see its worst mistakes here: ');
    hint.append(element('code', '', `./mnist evaluate runs/${run.name}/best.zip`));
    shownImages.push(hint);
  }
  images.replaceChildren(...shownImages);
}

function fact(name, value) {
  const span = element('span', '', `${name} `);
  span.append(element('b', '', value));
  return span;
}

function share(value) {
  return `${(100 * value).toFixed(2)} %`;
}

function draw() {
  const badge = element('span', `badge ${run.state}`, run.state);
  if (run.kind === 'search') {
    const best = rank(run.rows)[0];
    facts.replaceChildren(badge, fact('trials', run.rows.length),
      ...(best && Number.isFinite(best.validationAccuracy) ? [fact('best, validation', share(best.validationAccuracy))] : []));
    drawTrials();
    return;
  }
  const best = Math.max(...run.history.map((e) => e.validationAccuracy).filter(Number.isFinite));
  facts.replaceChildren(badge, fact('network', run.model), fact('data', run.dataset), fact('epochs', `${run.history.length}/${run.epochs}`),
    ...(Number.isFinite(best) ? [fact('best, validation', share(best))] : []),
    ...(Number.isFinite(run.report?.testAccuracy) ? [fact('test', share(run.report.testAccuracy))] : []));
  drawCurves();
}

/** Batches of an epoch: by the steps that were logged, or by the plan while the first epoch runs. */
function batches() {
  const logged = Math.max(1, ...run.steps.map((s) => s.batch));
  const planned = /mnist/i.test(run.dataset) && run.plan?.batchSize
    ? Math.ceil((TRAINING_IMAGES - (run.plan.validation ?? 0)) / run.plan.batchSize) : 0;
  return run.history.length > 0 ? logged : Math.max(logged, planned);
}

function drawCurves() {
  const all = batches();
  const curve = (key) => run.history.map((e) => [e.epoch, e[key]]);
  drawChart(document.getElementById('loss'), {
    log: true,
    format: (y, exact) => (exact ? y.toFixed(4) : String(y)),
    xMost: run.epochs,
    label: 'Loss by epoch',
    series: [
      { name: 'steps', className: 'steps', thin: true, points: run.steps.map((s) => [s.epoch - 1 + s.batch / all, s.loss]) },
      { name: 'training', className: 'train', points: curve('trainLoss') },
      { name: 'validation', className: 'validation', points: curve('validationLoss') },
    ],
  });
  drawChart(document.getElementById('accuracy'), {
    format: (y, exact) => `${(100 * y).toFixed(exact ? 2 : 1)} %`,
    xMost: run.epochs,
    label: 'Accuracy by epoch',
    series: [
      { name: 'training', className: 'train', points: curve('trainAccuracy') },
      { name: 'validation', className: 'validation', points: curve('validationAccuracy') },
    ],
  });
}

function rank(rows) {
  return [...rows].filter((r) => Number.isFinite(r.validationAccuracy)).sort((a, b) => b.validationAccuracy - a.validationAccuracy || a.validationLoss - b.validationLoss);
}

function shownValue(value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : Array.isArray(value) ? value.join(', ') : value ?? '';
}

function drawTrials() {
  const values = [...new Set(run.rows.flatMap((r) => Object.keys(r.values ?? {})))];
  const columns = [
    { key: 'number', title: 'Trial', of: (r) => r.number },
    { key: 'validationAccuracy', title: 'Accuracy', of: (r) => r.validationAccuracy, show: (v) => (Number.isFinite(v) ? share(v) : '–') },
    { key: 'validationLoss', title: 'Loss', of: (r) => r.validationLoss, show: (v) => (Number.isFinite(v) ? v.toFixed(4) : '–') },
    { key: 'epochs', title: 'Epochs', of: (r) => r.epochs },
    { key: 'seconds', title: 'Seconds', of: (r) => r.seconds, show: (v) => (Number.isFinite(v) ? v.toFixed(1) : '–') },
    { key: 'outcome', title: 'Outcome', of: (r) => r.outcome, show: (v) => String(v ?? '').toLowerCase().replace('_', ' ') },
    ...values.map((name) => ({ key: `values.${name}`, title: name, of: (r) => r.values?.[name] })),
  ];
  const heads = document.createElement('tr');
  heads.append(...columns.map((column) => {
    const th = document.createElement('th');
    th.scope = 'col';
    if (order.column === column.key) {
      th.setAttribute('aria-sort', order.down ? 'descending' : 'ascending');
    }
    const button = element('button', '', column.title);
    button.type = 'button';
    button.dataset.column = column.key;
    button.addEventListener('click', () => {
      order = { column: column.key, down: order.column === column.key ? !order.down : column.key === 'validationAccuracy' };
      drawTrials();
      trials.querySelector(`button[data-column="${CSS.escape(column.key)}"]`).focus();
    });
    th.append(button);
    return th;
  }));
  const by = columns.find((c) => c.key === order.column) ?? columns[0];
  const best = rank(run.rows)[0];
  const rows = [...run.rows].sort((a, b) => (order.down ? -1 : 1) * compare(by.of(a), by.of(b)) || a.number - b.number).map((r) => {
    const tr = element('tr', r === best ? 'best' : r.outcome === 'FAILED' ? 'failed' : '');
    tr.append(...columns.map((c) => element('td', '', (c.show ?? shownValue)(c.of(r)))));
    if (r.failure) {
      tr.title = r.failure;
    }
    return tr;
  });
  trials.querySelector('thead').replaceChildren(heads);
  trials.querySelector('tbody').replaceChildren(...rows);
}

/** Numbers by size, texts by letters, what is missing last. */
function compare(a, b) {
  const missing = (v) => v === undefined || v === null || Number.isNaN(v);
  if (missing(a) || missing(b)) {
    return missing(a) - missing(b);
  }
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true });
}
