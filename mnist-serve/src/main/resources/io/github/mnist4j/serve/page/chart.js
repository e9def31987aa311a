// Curves as SVG, drawn anew as they grow.
const NS = 'http://www.w3.org/2000/svg';
const W = 480;
const H = 270;
const EDGE = { left: 52, right: 14, top: 12, bottom: 32 };

function svg(name, attributes, text) {
  const e = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) {
    e.setAttribute(key, value);
  }
  if (text !== undefined) {
    e.textContent = text;
  }
  return e;
}

/** Round numbers between two. */
function ticks(least, most, wanted) {
  const raw = (most - least) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.999);
  const all = [];
  for (let v = Math.ceil(least / step - 1e-9) * step; v <= most + step * 1e-9; v += step) {
    all.push(Number(v.toPrecision(12)));
  }
  return all;
}

function logTicks(least, most) {
  const all = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(most)); power++) {
    for (const m of [1, 2, 5]) {
      const v = m * 10 ** power;
      if (v >= least * 0.999 && v <= most * 1.001) {
        all.push(Number(v.toPrecision(3)));
      }
    }
  }
  return all.length > 7 ? all.filter((v) => /^0?\.?0*1|^10*$/.test(String(v))) : all;
}

/**
 * Draws curves into an element.
 *
 * series: { name, className, points: [[x, y], …], thin }; log: logarithmic height; format: of a value;
 * xMost: where the axis ends at least; label: for who cannot see it
 */
export function drawChart(into, { series, log = false, format, xMost = 1, label }) {
  const usable = (y) => Number.isFinite(y) && (!log || y > 0);
  const shown = series.map((s) => ({ ...s, points: s.points.filter(([, y]) => usable(y)) })).filter((s) => s.points.length > 0);
  const values = shown.flatMap((s) => s.points.map(([, y]) => y));
  if (values.length === 0) {
    const p = document.createElement('p');
    p.className = 'quiet';
    p.textContent = 'Nothing yet.';
    into.replaceChildren(p);
    return;
  }
  let least = Math.min(...values);
  let most = Math.max(...values);
  if (most - least < 1e-6 * Math.abs(most) || most === least) {
    [least, most] = log ? [least / 1.5, most * 1.5] : [least - 0.005, most + 0.005];
  }
  const pad = log ? 1 : (most - least) * 0.05;
  [least, most] = log ? [least / 1.1, most * 1.1] : [least - pad, most + pad];
  const right = Math.max(xMost, ...shown.flatMap((s) => s.points.map(([x]) => x)));
  const height = log ? (y) => Math.log(y / least) / Math.log(most / least) : (y) => (y - least) / (most - least);
  const px = (x) => EDGE.left + x / right * (W - EDGE.left - EDGE.right);
  const py = (y) => H - EDGE.bottom - height(y) * (H - EDGE.top - EDGE.bottom);

  const chart = svg('svg', { class: 'chart', viewBox: `0 0 ${W} ${H}`, role: 'img', 'aria-label': label });
  for (const y of log ? logTicks(least, most) : ticks(least, most, 5)) {
    chart.append(svg('line', { class: 'grid', x1: EDGE.left, x2: W - EDGE.right, y1: py(y), y2: py(y) }));
    chart.append(svg('text', { x: EDGE.left - 8, y: py(y) + 4, 'text-anchor': 'end' }, format(y)));
  }
  for (const x of ticks(0, right, Math.min(8, right)).filter(Number.isInteger)) {
    chart.append(svg('text', { x: px(x), y: H - EDGE.bottom + 17, 'text-anchor': 'middle' }, x));
  }
  chart.append(svg('text', { x: W - EDGE.right, y: H - 1, 'text-anchor': 'end' }, 'epoch'));
  for (const s of shown) {
    chart.append(svg('polyline', {
      class: s.thin ? 'steps' : `curve ${s.className}`,
      points: s.points.map(([x, y]) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`).join(' '),
    }));
    if (!s.thin) {
      const [x, y] = s.points.at(-1);
      chart.append(svg('circle', { class: `dot ${s.className}`, cx: px(x), cy: py(y), r: 4 }));
    }
  }
  const legend = document.createElement('p');
  legend.className = 'legend';
  legend.append(...shown.map((s) => {
    const span = document.createElement('span');
    span.className = s.className;
    const value = document.createElement('b');
    value.textContent = format(s.points.at(-1)[1], true);
    span.append(document.createElement('i'), `${s.name} `, value);
    return span;
  }));
  into.replaceChildren(chart, legend);
}
