import "./charts.css";

import { type PointerEvent, useCallback, useMemo, useRef, useState } from "react";

import type { ColumnId } from "../lib/columns";
import { shortNumber } from "../lib/numbers";
import { type Axis, axisFor, labels, share, type Spacing, type Value } from "../lib/scales";
import { useDark } from "../lib/theme";
import type { Pen } from "./pen";
import { fitted, type Ink, useCanvas } from "./useCanvas";
import { useWidth } from "./useWidth";

export interface ParallelAxis {
  id: ColumnId;
  title: string;
  /** One value per run. */
  values: Value[];
  spacing?: Spacing | undefined;
}

interface ParallelCoordinatesProps {
  axes: ParallelAxis[];
  names: string[];
  colours: string[];
  height: number;
  onReorder: (ids: ColumnId[]) => void;
  onOpen: (run: number) => void;
}

const TOP = 40;
const LANE = 30;
const BOTTOM = 12;
/** Left of the first axis stands "no value"; right of the last one only the end of its title. */
const LEFT = 56;
const RIGHT = 28;
const LEAST_GAP = 80;

/** A range of shares on an axis, low to high. */
type Brush = [number, number];

/** A line per run through its params and metrics. A run without a value passes through the lane beneath the axis. */
export function ParallelCoordinates({ axes, names, colours, height, onReorder, onOpen }: ParallelCoordinatesProps) {
  const frame = useRef<HTMLDivElement>(null);
  const frameWidth = useWidth(frame);
  const dark = useDark();
  const [brushes, setBrushes] = useState<Record<ColumnId, Brush>>({});
  const [hovered, setHovered] = useState<{ run: number; x: number; y: number } | null>(null);
  const drag = useRef<{ id: ColumnId; from: number } | null>(null);

  const width = Math.max(frameWidth, LEFT + RIGHT + LEAST_GAP * (axes.length - 1));
  const gap = axes.length > 1 ? (width - LEFT - RIGHT) / (axes.length - 1) : 0;
  const hasLane = axes.some((axis) => axis.values.some((value) => value === null || (typeof value === "number" && !Number.isFinite(value))));
  const low = height - BOTTOM - (hasLane ? LANE : 0);
  const laneY = height - BOTTOM - 6;

  const scales = useMemo(() => axes.map((axis): Axis => axisFor(axis.values, axis.spacing)), [axes]);
  const shares = useMemo(() => axes.map((axis, at) => axis.values.map((value) => share(scales[at]!, value))), [axes, scales]);
  const xOf = useCallback((at: number) => (axes.length > 1 ? LEFT + at * gap : width / 2), [axes.length, gap, width]);
  const yOf = useCallback((place: number | null) => (place === null ? laneY : low - place * (low - TOP)), [laneY, low]);
  const isKept = useCallback(
    (run: number) =>
      axes.every((axis, at) => {
        const brush = brushes[axis.id];
        const place = shares[at]?.[run] ?? null;
        return !brush || (place !== null && place >= brush[0] - 1e-9 && place <= brush[1] + 1e-9);
      }),
    [axes, brushes, shares],
  );
  const kept = names.filter((_, run) => isKept(run)).length;

  const draw = useCallback(
    (context: Pen, ink: Ink) => {
      const line = (run: number, colour: string, thickness: number, alpha: number) => {
        context.beginPath();
        for (let at = 0; at < axes.length; at++) {
          const x = xOf(at);
          const y = yOf(shares[at]?.[run] ?? null);
          if (at === 0) context.moveTo(x, y);
          else context.lineTo(x, y);
        }
        context.strokeStyle = colour;
        context.lineWidth = thickness;
        context.globalAlpha = alpha;
        context.stroke();
        context.globalAlpha = 1;
      };
      const many = names.length > 60;
      for (let run = 0; run < names.length; run++) if (!isKept(run)) line(run, ink.lineStrong, 1, 0.16);
      for (let run = 0; run < names.length; run++) if (isKept(run)) line(run, colours[run]!, many ? 1.2 : 2, many ? 0.65 : 0.9);
      if (hovered) line(hovered.run, colours[hovered.run]!, 4, 1);

      if (hasLane) {
        context.setLineDash([3, 4]);
        context.strokeStyle = ink.line;
        context.beginPath();
        context.moveTo(LEFT - 4, laneY);
        context.lineTo(width - RIGHT + 20, laneY);
        context.stroke();
        context.setLineDash([]);
        context.fillStyle = ink.text3;
        context.textAlign = "left";
        context.textBaseline = "middle";
        context.fillText("no value", 4, laneY);
      }
      context.textBaseline = "middle";
      axes.forEach((axis, at) => {
        const x = xOf(at);
        context.strokeStyle = ink.lineStrong;
        context.lineWidth = 1;
        context.beginPath();
        context.moveTo(x, TOP);
        context.lineTo(x, low);
        context.stroke();
        const isLast = at === axes.length - 1 && axes.length > 1;
        context.textAlign = isLast ? "right" : "left";
        for (const label of labels(scales[at]!, Math.max(2, Math.floor((low - TOP) / 60)))) {
          const y = yOf(label.share);
          const text = fitted(context, label.text, Math.max(40, gap - 16));
          const labelX = isLast ? x - 8 : x + 8;
          // A halo keeps the text readable on top of the lines.
          context.lineWidth = 4;
          context.strokeStyle = ink.surface;
          context.strokeText(text, labelX, y);
          context.fillStyle = ink.text2;
          context.fillText(text, labelX, y);
          context.fillRect(x - 3, y - 0.5, 6, 1);
        }
        const brush = brushes[axis.id];
        if (brush) {
          context.fillStyle = ink.accent;
          context.globalAlpha = 0.25;
          context.fillRect(x - 7, yOf(brush[1]), 14, Math.max(3, yOf(brush[0]) - yOf(brush[1])));
          context.globalAlpha = 1;
          context.strokeStyle = ink.accent;
          context.strokeRect(x - 7, yOf(brush[1]), 14, Math.max(3, yOf(brush[0]) - yOf(brush[1])));
        }
      });
    },
    // oxlint-disable-next-line react/exhaustive-deps -- dark is read through the page's colours
    [axes, brushes, colours, gap, hasLane, height, hovered, isKept, laneY, low, names, scales, shares, width, xOf, yOf, dark],
  );
  const canvas = useCanvas(width, height, draw, {
    // On the page the titles are buttons over the canvas.
    draw: (pen, ink) => {
      draw(pen, ink);
      pen.fillStyle = ink.text;
      axes.forEach((axis, at) => {
        pen.textAlign = axes.length === 1 ? "center" : at === 0 ? "left" : at === axes.length - 1 ? "right" : "center";
        pen.fillText(fitted(pen, axis.title, Math.max(70, gap - 14)), xOf(at), 16);
      });
    },
  });

  const place = (event: PointerEvent): { x: number; y: number } => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const shareAt = (y: number) => Math.min(1, Math.max(0, (low - y) / (low - TOP)));
  const nearAxis = (x: number) => axes.findIndex((_, at) => Math.abs(xOf(at) - x) < 12);
  const onDown = (event: PointerEvent) => {
    const { x, y } = place(event);
    const axis = axes[nearAxis(x)];
    if (!axis || y > low + 8) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { id: axis.id, from: shareAt(y) };
    setBrushes((all) => Object.fromEntries(Object.entries(all).filter(([id]) => id !== axis.id)));
  };
  const onMove = (event: PointerEvent) => {
    const { x, y } = place(event);
    const { current } = drag;
    if (current) {
      const to = shareAt(y);
      if (Math.abs(to - current.from) > 0.01) {
        setBrushes((all) => ({ ...all, [current.id]: [Math.min(current.from, to), Math.max(current.from, to)] }));
      }
      return;
    }
    const run = nearest(x, y);
    setHovered(run === null ? null : { run, x, y });
  };
  const nearest = (x: number, y: number): number | null => {
    let best: number | null = null;
    let distance = 10;
    const left = Math.min(axes.length - 2, Math.max(0, Math.floor((x - LEFT) / (gap || 1))));
    for (let run = 0; run < names.length; run++) {
      if (!isKept(run)) continue;
      const from = yOf(shares[left]?.[run] ?? null);
      const to = axes.length > 1 ? yOf(shares[left + 1]?.[run] ?? null) : from;
      const along = gap ? Math.min(1, Math.max(0, (x - xOf(left)) / gap)) : 0;
      const away = Math.abs(from + (to - from) * along - y);
      if (away < distance) {
        distance = away;
        best = run;
      }
    }
    return best;
  };
  const reorder = (from: number, to: number) => {
    const ids = axes.map((axis) => axis.id);
    const [moved] = ids.splice(from, 1);
    if (!moved || to < 0 || to > ids.length) return;
    ids.splice(to, 0, moved);
    onReorder(ids);
  };

  const brushed = Object.keys(brushes).length > 0;
  return (
    <div className="parallel" ref={frame}>
      <div className="parallel-inner" style={{ width: width || undefined, height }}>
        <canvas
          ref={canvas}
          style={{ width, height, cursor: hovered ? "pointer" : undefined }}
          role="img"
          aria-label={`Parallel coordinates of ${names.length} runs over ${axes.map((axis) => axis.title).join(", ")}`}
          onPointerDown={onDown}
          onPointerMove={onMove}
          onPointerUp={() => {
            drag.current = null;
          }}
          onPointerLeave={() => setHovered(null)}
          onClick={() => hovered && !brushed && onOpen(hovered.run)}
        />
        {axes.map((axis, at) => (
          <AxisTitle
            key={axis.id}
            axis={axis}
            x={xOf(at)}
            room={Math.max(70, gap - 14)}
            edge={axes.length > 1 && at === 0 ? "left" : axes.length > 1 && at === axes.length - 1 ? "right" : "middle"}
            onMove={(step) => reorder(at, at + step)}
            onDrop={(from) => {
              const index = axes.findIndex((each) => each.id === from);
              if (index >= 0) reorder(index, at);
            }}
          />
        ))}
        {hovered && <HoveredRun name={names[hovered.run]!} axes={axes} run={hovered.run} x={hovered.x} y={hovered.y} width={width} />}
      </div>
      {brushed && (
        <p className="chart-note">
          {kept} of {names.length} runs pass.{" "}
          <button type="button" className="link-button" onClick={() => setBrushes({})}>
            Clear the ranges
          </button>
        </p>
      )}
    </div>
  );
}

interface AxisTitleProps {
  axis: ParallelAxis;
  x: number;
  room: number;
  edge: "left" | "middle" | "right";
  onMove: (step: -1 | 1) => void;
  onDrop: (id: ColumnId) => void;
}

/** The name over an axis; dragged onto another one, or moved with the arrow keys, it takes its axis along. */
function AxisTitle({ axis, x, room, edge, onMove, onDrop }: AxisTitleProps) {
  const shift = edge === "left" ? "translateX(-30%)" : edge === "right" ? "translateX(-70%)" : "translateX(-50%)";
  return (
    <button
      type="button"
      className={`axis-title axis-${axis.id.startsWith("metrics.") ? "metric" : "param"}`}
      style={{ left: x, maxWidth: room, transform: shift }}
      draggable
      data-hint={`${axis.title}\nDrag, or press ← →, to move the axis. Drag along the axis to choose a range.`}
      onDragStart={(event) => event.dataTransfer.setData("text/plain", axis.id)}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        onDrop(event.dataTransfer.getData("text/plain"));
      }}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") onMove(-1);
        if (event.key === "ArrowRight") onMove(1);
      }}
    >
      {axis.title}
    </button>
  );
}

interface HoveredRunProps {
  name: string;
  axes: ParallelAxis[];
  run: number;
  x: number;
  y: number;
  width: number;
}

function HoveredRun({ name, axes, run, x, y, width }: HoveredRunProps) {
  const right = x > width / 2;
  return (
    <div className="chart-tip" style={{ top: y + 14, ...(right ? { right: width - x + 14 } : { left: x + 14 }) }} aria-hidden="true">
      <strong>{name}</strong>
      <dl>
        {axes.map((axis) => (
          <div key={axis.id}>
            <dt>{axis.title}</dt>
            <dd>{valueText(axis.values[run] ?? null)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

export function valueText(value: Value): string {
  if (value === null) return "no value";
  return typeof value === "number" ? shortNumber(value) : value;
}
