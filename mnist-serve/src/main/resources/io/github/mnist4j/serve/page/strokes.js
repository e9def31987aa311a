// A drawing as vectors: sharp at any size, and each stroke can be undone. The paper is 1000 units wide and 750 high.
export const WIDTH = 1000;
export const HEIGHT = 750;

export class Strokes {
  #done = [];
  #undone = [];

  get isEmpty() { return this.#done.length === 0; }
  get canUndo() { return this.#done.length > 0; }
  get canRedo() { return this.#undone.length > 0; }

  /** A new stroke; whatever was undone is gone. */
  begin(width) {
    const stroke = { width, points: [] };
    this.#done.push({ add: [stroke] });
    this.#undone = [];
    return stroke;
  }

  /** Takes a stroke back that never became one. */
  drop(stroke) {
    this.#done = this.#done.filter((step) => step.add?.[0] !== stroke);
  }

  clear() {
    if (this.all().length > 0) {
      this.#done.push({ clear: true });
      this.#undone = [];
    }
  }

  undo() { if (this.canUndo) this.#undone.push(this.#done.pop()); }
  redo() { if (this.canRedo) this.#done.push(this.#undone.pop()); }

  /** What is on the paper. Clearing is a step like any other, so it can be undone too. */
  all() {
    const from = this.#done.findLastIndex((step) => step.clear) + 1;
    return this.#done.slice(from).flatMap((step) => step.add);
  }

  /** Draws everything, scaled. */
  paint(context, scale) {
    context.lineCap = context.lineJoin = 'round';
    for (const stroke of this.all()) {
      paintStroke(context, stroke, scale);
    }
  }
}

function paintStroke(context, { width, points }, scale) {
  if (points.length === 0) {
    return;
  }
  const [first] = points;
  if (points.length === 1) {
    context.beginPath();
    context.arc(first.x * scale, first.y * scale, width * first.pressure * scale / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  // through the middles of neighbours, with the points as handles: round where the hand was
  let from = first;
  for (let i = 1; i < points.length; i++) {
    const point = points[i];
    const next = points[i + 1];
    const to = next ? { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 } : point;
    context.beginPath();
    context.moveTo(from.x * scale, from.y * scale);
    context.quadraticCurveTo(point.x * scale, point.y * scale, to.x * scale, to.y * scale);
    context.lineWidth = width * point.pressure * scale;
    context.stroke();
    from = to;
  }
}
