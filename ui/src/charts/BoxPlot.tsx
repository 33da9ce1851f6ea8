import "./charts.css";

import { useCallback, useMemo, useRef } from "react";

import { counted, shortNumber } from "../lib/numbers";
import { type Axis, axisFor, share, type Spacing, type Value } from "../lib/scales";
import { boxesOf } from "../lib/statistics";
import { useDark } from "../lib/theme";
import { drawFrame, ROOM } from "./frame";
import { useCanvas } from "./useCanvas";
import { useWidth } from "./useWidth";

interface Side {
  title: string;
  values: Value[];
  spacing?: Spacing | undefined;
}

const MOST_BOXES = 40;

/** How the numbers of y spread for each value of x: quarters, whiskers, and every run as a dot. */
export function BoxPlot({ x, y, height }: { x: Side; y: Side; height: number }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const dark = useDark();
  const all = useMemo(() => boxesOf(x.values, y.values), [x.values, y.values]);
  const boxes = all.slice(0, MOST_BOXES);
  const axes = useMemo(
    (): { x: Axis; y: Axis } => ({ x: { kind: "word", words: boxes.map((box) => box.word) }, y: axisFor(boxes.flatMap((box) => box.values), y.spacing) }),
    // oxlint-disable-next-line react/exhaustive-deps -- boxes follow from all
    [all, y.spacing],
  );
  const canvas = useCanvas(
    width,
    height,
    useCallback(
      (context, ink) => {
        const inner = { width: width - ROOM.left - ROOM.right, height: height - ROOM.top - ROOM.bottom };
        const slot = inner.width / Math.max(1, boxes.length);
        const xOf = (at: number) => ROOM.left + slot * (Math.round(at * Math.max(0, boxes.length - 1)) + 0.5);
        const yOf = (at: number) => height - ROOM.bottom - (0.04 + at * 0.92) * inner.height;
        drawFrame(context, ink, { width, height }, axes, { x: x.title, y: y.title }, { xOf: boxes.length === 1 ? () => ROOM.left + slot / 2 : xOf, yOf });
        const half = Math.min(34, slot * 0.3);
        boxes.forEach((box, at) => {
          const middle = ROOM.left + slot * (at + 0.5);
          const up = (value: number) => yOf(share(axes.y, value) ?? 0);
          context.strokeStyle = ink.text2;
          context.lineWidth = 1.2;
          context.beginPath();
          context.moveTo(middle, up(box.low));
          context.lineTo(middle, up(box.high));
          for (const end of [box.low, box.high]) {
            context.moveTo(middle - half / 2, up(end));
            context.lineTo(middle + half / 2, up(end));
          }
          context.stroke();
          context.fillStyle = ink.surface;
          const [top, bottom] = [up(box.third), up(box.first)];
          context.fillRect(middle - half, top, half * 2, bottom - top);
          context.globalAlpha = 0.22;
          context.fillStyle = ink.accent;
          context.fillRect(middle - half, top, half * 2, bottom - top);
          context.globalAlpha = 1;
          context.strokeStyle = ink.accent;
          context.strokeRect(middle - half, top, half * 2, bottom - top);
          context.lineWidth = 2.4;
          context.beginPath();
          context.moveTo(middle - half, up(box.middle));
          context.lineTo(middle + half, up(box.middle));
          context.stroke();
          context.fillStyle = ink.text2;
          box.values.forEach((value, number) => {
            // A little to the side in turn, so that equal values do not hide each other.
            const aside = (((number * 7) % 5) - 2) * half * 0.14;
            context.globalAlpha = 0.6;
            context.beginPath();
            context.arc(middle + aside, up(value), 2.2, 0, Math.PI * 2);
            context.fill();
          });
          context.globalAlpha = 1;
        });
      },
      // oxlint-disable-next-line react/exhaustive-deps -- dark is read through the page's colours
      [width, height, all, axes, x.title, y.title, dark],
    ),
  );
  if (all.length === 0) return <p className="chart-problem quiet">No run has both, or {y.title} holds no numbers. Choose others.</p>;
  const told = boxes.slice(0, 6).map((box) => `${box.word}: median ${shortNumber(box.middle)} of ${counted(box.values.length, "run")}`);
  return (
    <div className="scatter" ref={frame}>
      <canvas
        ref={canvas}
        style={{ width: "100%", height }}
        role="img"
        aria-label={`Box plot of ${y.title} by ${x.title}. ${told.join("; ")}${boxes.length > 6 ? `; and ${boxes.length - 6} more` : ""}`}
      />
      {all.length > boxes.length && <p className="chart-note">The first {MOST_BOXES} of {all.length} values of {x.title} are shown.</p>}
    </div>
  );
}
