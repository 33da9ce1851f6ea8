import "./charts.css";

import { type PointerEvent, useCallback, useMemo, useRef, useState } from "react";

import { counted } from "../lib/numbers";
import { type Axis, axisFor, share, type Spacing, type Value } from "../lib/scales";
import { useDark } from "../lib/theme";
import { valueText } from "./ParallelCoordinates";
import { drawFrame, ROOM } from "./frame";
import { useCanvas } from "./useCanvas";
import { useWidth } from "./useWidth";

interface Side {
  title: string;
  /** One value per run. */
  values: Value[];
  spacing?: Spacing | undefined;
}

interface ScatterProps {
  x: Side;
  y: Side;
  names: string[];
  colours: string[];
  height: number;
  onOpen: (run: number) => void;
}

const DOT = 5.5;
/** More dots than this are drawn small, so that they do not hide one another. */
const CROWD = 300;
const SMALL = 3.2;

/** A dot per run at two of its numbers or words. Runs that lack one of the two are counted, never placed. */
export function Scatter({ x, y, names, colours, height, onOpen }: ScatterProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const dark = useDark();
  const [hovered, setHovered] = useState<number | null>(null);

  const xAxis = useMemo((): Axis => axisFor(x.values, x.spacing), [x.values, x.spacing]);
  const yAxis = useMemo((): Axis => axisFor(y.values, y.spacing), [y.values, y.spacing]);
  const dots = useMemo(
    () =>
      names.flatMap((_, run) => {
        const across = share(xAxis, x.values[run] ?? null);
        const up = share(yAxis, y.values[run] ?? null);
        if (across === null || up === null) return [];
        // A little room on every side, so that no dot lies on the frame.
        return [{ run, x: ROOM.left + (0.03 + across * 0.94) * (width - ROOM.left - ROOM.right), y: height - ROOM.bottom - (0.04 + up * 0.92) * (height - ROOM.top - ROOM.bottom) }];
      }),
    [names, x.values, y.values, xAxis, yAxis, width, height],
  );
  const missing = names.length - dots.length;

  const canvas = useCanvas(
    width,
    height,
    useCallback(
      (context, ink) => {
        const inner = { width: width - ROOM.left - ROOM.right, height: height - ROOM.top - ROOM.bottom };
        drawFrame(
          context,
          ink,
          { width, height },
          { x: xAxis, y: yAxis },
          { x: x.title, y: y.title },
          {
            xOf: (at) => ROOM.left + (0.03 + at * 0.94) * inner.width,
            yOf: (at) => height - ROOM.bottom - (0.04 + at * 0.92) * inner.height,
          },
        );
        const size = dots.length > CROWD ? SMALL : DOT;
        for (const dot of dots) {
          const isHovered = dot.run === hovered;
          context.beginPath();
          context.arc(dot.x, dot.y, isHovered ? DOT + 2.5 : size, 0, Math.PI * 2);
          context.globalAlpha = isHovered ? 1 : size === DOT ? 0.85 : 0.6;
          context.fillStyle = colours[dot.run]!;
          context.fill();
          context.globalAlpha = 1;
          context.strokeStyle = ink.surface;
          context.lineWidth = size === DOT ? 1.5 : 0.6;
          context.stroke();
        }
      },
      // oxlint-disable-next-line react/exhaustive-deps -- dark is read through the page's colours
      [width, height, xAxis, yAxis, dots, hovered, colours, x.title, y.title, dark],
    ),
  );

  const onMove = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    let best: number | null = null;
    let distance = 14;
    for (const dot of dots) {
      const away = Math.hypot(dot.x - at.x, dot.y - at.y);
      if (away < distance) {
        distance = away;
        best = dot.run;
      }
    }
    setHovered(best);
  };
  const dot = dots.find((each) => each.run === hovered);
  return (
    <div className="scatter" ref={frame}>
      <canvas
        ref={canvas}
        style={{ width: "100%", height, cursor: dot ? "pointer" : undefined }}
        role="img"
        aria-label={`Scatter plot of ${y.title} over ${x.title} for ${counted(dots.length, "run")}`}
        onPointerMove={onMove}
        onPointerLeave={() => setHovered(null)}
        onClick={() => dot && onOpen(dot.run)}
      />
      {dot && (
        <div
          className="chart-tip"
          aria-hidden="true"
          style={{ top: dot.y + 12, ...(dot.x > width / 2 ? { right: width - dot.x + 10 } : { left: dot.x + 10 }) }}
        >
          <strong>{names[dot.run]}</strong>
          <dl>
            <div>
              <dt>{x.title}</dt>
              <dd>{valueText(x.values[dot.run] ?? null)}</dd>
            </div>
            <div>
              <dt>{y.title}</dt>
              <dd>{valueText(y.values[dot.run] ?? null)}</dd>
            </div>
          </dl>
        </div>
      )}
      {missing > 0 && <p className="chart-note">{counted(missing, "run")} without a value for one of the two {missing === 1 ? "is" : "are"} left out.</p>}
    </div>
  );
}
