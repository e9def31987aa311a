// The paper: mouse, pen and fingers by pointer events; the answer while one draws.
import { HEIGHT, Strokes, WIDTH } from './strokes.js';
import { showAnswer, showError, showNothing } from './answer.js';

const INK = '#14122b';
const SENT_WIDTH = 800; // of the image that is sent; plenty for 28 pixels a digit, and always the same
const QUIET_MS = 110; // after the last movement
const MOST_MS = 300; // while the hand moves on and on
const PATIENCE_MS = 1000; // a request that takes longer is given up for a newer drawing

const paper = document.getElementById('paper');
const hint = document.getElementById('hint');
const width = document.getElementById('width');
const buttons = Object.fromEntries(['undo', 'redo', 'clear'].map((id) => [id, document.getElementById(id)]));
const strokes = new Strokes();
const context = paper.getContext('2d');

let current; // { stroke, pointer } while the pen is down
let timer;
let waitingSince = 0;
let request; // the one under way: { controller, began }
let again = false; // whether the drawing has changed since it was sent
let asked = 0; // so that a late answer is told from the newest

export function startDrawing() {
  paper.addEventListener('pointerdown', down);
  paper.addEventListener('pointermove', move);
  paper.addEventListener('pointerup', up);
  paper.addEventListener('pointercancel', cancel);
  paper.addEventListener('contextmenu', (e) => e.preventDefault());
  buttons.undo.addEventListener('click', () => change(() => strokes.undo()));
  buttons.redo.addEventListener('click', () => change(() => strokes.redo()));
  buttons.clear.addEventListener('click', () => change(() => strokes.clear()));
  addEventListener('keydown', keys);
  addEventListener('resize', paint);
  new ResizeObserver(paint).observe(paper);
  showNothing();
  paint();
}

function keys(e) {
  if (paper.closest('section').hidden || e.target.matches?.('input[type=text], textarea')) {
    return;
  }
  const command = e.ctrlKey || e.metaKey;
  const key = e.key.toLowerCase();
  if (command && key === 'z') {
    e.preventDefault();
    change(() => (e.shiftKey ? strokes.redo() : strokes.undo()));
  } else if (command && key === 'y') {
    e.preventDefault();
    change(() => strokes.redo());
  } else if (e.key === 'Escape') {
    change(() => strokes.clear());
  }
}

function point(e) {
  const box = paper.getBoundingClientRect();
  // a mouse has no pressure, a finger's is made up
  const pressure = e.pointerType === 'pen' && e.pressure > 0 ? 0.45 + 1.1 * e.pressure : 1;
  return { x: (e.clientX - box.left) / box.width * WIDTH, y: (e.clientY - box.top) / box.height * HEIGHT, pressure };
}

function down(e) {
  // one pen at a time: the hand that rests on the glass does not draw
  if (current || (e.pointerType === 'mouse' && e.button !== 0)) {
    return;
  }
  e.preventDefault();
  paper.focus({ preventScroll: true });
  try {
    paper.setPointerCapture(e.pointerId);
  } catch { /* a pointer that is gone already */ }
  current = { stroke: strokes.begin(Number(width.value)), pointer: e.pointerId };
  current.stroke.points.push(point(e));
  changed();
}

function move(e) {
  if (e.pointerId !== current?.pointer) {
    return;
  }
  const events = e.getCoalescedEvents?.() ?? [];
  for (const one of events.length > 0 ? events : [e]) {
    current.stroke.points.push(point(one));
  }
  changed();
}

function up(e) {
  if (e.pointerId === current?.pointer) {
    current = undefined;
    changed();
  }
}

function cancel(e) {
  if (e.pointerId === current?.pointer) {
    strokes.drop(current.stroke); // the system took the gesture for one of its own
    current = undefined;
    changed();
  }
}

function change(action) {
  if (!current) {
    action();
    changed();
  }
}

function changed() {
  requestAnimationFrame(paint);
  const empty = strokes.all().length === 0;
  hint.classList.toggle('gone', !empty);
  buttons.undo.disabled = !strokes.canUndo;
  buttons.redo.disabled = !strokes.canRedo;
  buttons.clear.disabled = empty;
  clearTimeout(timer);
  if (empty) {
    asked++;
    again = false;
    request?.controller.abort();
    waitingSince = 0;
    showNothing();
    return;
  }
  const now = performance.now();
  waitingSince ||= now;
  timer = setTimeout(ask, Math.max(0, Math.min(QUIET_MS, waitingSince + MOST_MS - now)));
}

function paint() {
  const box = paper.getBoundingClientRect();
  if (box.width === 0) {
    return;
  }
  const ratio = devicePixelRatio || 1;
  const [w, h] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
  if (paper.width !== w || paper.height !== h) {
    paper.width = w;
    paper.height = h;
  }
  context.clearRect(0, 0, w, h);
  context.strokeStyle = context.fillStyle = INK;
  strokes.paint(context, w / WIDTH);
}

/** Black on white, without an alpha channel that somebody could take for black. */
function image() {
  const canvas = document.createElement('canvas');
  canvas.width = SENT_WIDTH;
  canvas.height = SENT_WIDTH * HEIGHT / WIDTH;
  const sent = canvas.getContext('2d', { alpha: false });
  sent.fillStyle = '#fff';
  sent.fillRect(0, 0, canvas.width, canvas.height);
  sent.strokeStyle = sent.fillStyle = '#000';
  strokes.paint(sent, SENT_WIDTH / WIDTH);
  return new Promise((resolve) => { canvas.toBlob(resolve, 'image/png'); });
}

/**
 * Asks what the drawing is. One request at a time, for the server works on even if nobody waits: the newest drawing is sent when the
 * answer to the one before is there, or has taken too long. An answer that comes too late is not shown.
 */
async function ask() {
  waitingSince = 0;
  if (request && performance.now() - request.began < PATIENCE_MS) {
    again = true;
    clearTimeout(timer);
    timer = setTimeout(ask, Math.max(20, request.began + PATIENCE_MS - performance.now()));
    return;
  }
  request?.controller.abort();
  const mine = { controller: new AbortController(), began: performance.now() };
  request = mine;
  again = false;
  const number = ++asked;
  try {
    const body = await image();
    if (number !== asked) {
      return;
    }
    const response = await fetch('v1/read', {
      method: 'POST', body, headers: { 'Content-Type': 'image/png' }, signal: mine.controller.signal,
    });
    const answer = await response.json();
    if (number === asked) {
      if (response.ok) {
        showAnswer(answer);
      } else {
        showError(answer.detail);
      }
    }
  } catch (e) {
    if (number === asked && e.name !== 'AbortError') {
      showError('The server does not answer.');
    }
  } finally {
    if (request === mine) {
      request = undefined;
      if (again) {
        clearTimeout(timer);
        ask();
      }
    }
  }
}
