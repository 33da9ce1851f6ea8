import { type Axis, labels } from "../lib/scales";
import type { Pen } from "./pen";
import { fitted, type Ink } from "./useCanvas";

/** Room around a plot with two axes, in px. */
export const ROOM = { left: 76, right: 20, top: 14, bottom: 46 };

export interface Titles {
  x: string;
  y: string;
}

/** The lines, labels and titles of a plot with two axes. `xOf` and `yOf` place a share of an axis in px. */
export function drawFrame(
  context: Pen,
  ink: Ink,
  size: { width: number; height: number },
  axes: { x: Axis; y: Axis },
  titles: Titles,
  place: { xOf: (share: number) => number; yOf: (share: number) => number },
): void {
  const { width, height } = size;
  const inner = { width: width - ROOM.left - ROOM.right, height: height - ROOM.top - ROOM.bottom };
  context.strokeStyle = ink.line;
  context.fillStyle = ink.text2;
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const label of labels(axes.y, Math.max(2, Math.floor(inner.height / 48)))) {
    const at = place.yOf(label.share);
    context.beginPath();
    context.moveTo(ROOM.left, at);
    context.lineTo(width - ROOM.right, at);
    context.stroke();
    context.fillText(fitted(context, label.text, ROOM.left - 28), ROOM.left - 8, at);
  }
  context.textAlign = "center";
  const xLabels = labels(axes.x, Math.max(3, Math.floor(inner.width / 120)));
  const room = inner.width / Math.max(1, xLabels.length) - 6;
  for (const label of xLabels) {
    const at = place.xOf(label.share);
    if (axes.x.kind === "number") {
      context.beginPath();
      context.moveTo(at, ROOM.top);
      context.lineTo(at, height - ROOM.bottom);
      context.stroke();
    }
    context.fillText(fitted(context, label.text, Math.max(room, 40)), at, height - ROOM.bottom + 13);
  }
  context.fillStyle = ink.text;
  context.fillText(fitted(context, titles.x, inner.width), ROOM.left + inner.width / 2, height - 9);
  context.save();
  context.translate(9, ROOM.top + inner.height / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(fitted(context, titles.y, inner.height), 0, 0);
  context.restore();
}
