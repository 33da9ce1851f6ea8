import "./charts.css";

import { useCallback, useMemo, useRef } from "react";

import { counted } from "../lib/numbers";
import { scaleColour } from "../lib/palette";
import { axisFor, share, type Spacing, type Value } from "../lib/scales";
import { fieldOf, type Spot } from "../lib/statistics";
import { useDark } from "../lib/theme";
import { drawFrame, ROOM } from "./frame";
import { useCanvas } from "./useCanvas";
import { useWidth } from "./useWidth";

interface Side {
  title: string;
  values: Value[];
  spacing?: Spacing | undefined;
}

const GRID = 120;
const BANDS = 8;
const FEWEST = 3;
/** More dots than this are drawn small. */
const CROWD = 300;

interface ContourProps {
  x: Side;
  y: Side;
  z: Side;
  height: number;
  /** The colours the other way round. */
  flip?: boolean;
}

/** Bands of z over two numbers, guessed between the runs, which are drawn as dots where they are. */
export function ContourPlot({ x, y, z, height, flip = false }: ContourProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const dark = useDark();
  const axes = useMemo(
    () => ({ x: axisFor(x.values, x.spacing), y: axisFor(y.values, y.spacing), z: axisFor(z.values, z.spacing) }),
    [x.values, x.spacing, y.values, y.spacing, z.values, z.spacing],
  );
  const spots = useMemo(
    () =>
      x.values.flatMap((_, run): Spot[] => {
        const [across, up, value] = [share(axes.x, x.values[run] ?? null), share(axes.y, y.values[run] ?? null), share(axes.z, z.values[run] ?? null)];
        return across === null || up === null || value === null ? [] : [{ x: across, y: up, z: value }];
      }),
    [x.values, y.values, z.values, axes],
  );
  const isFlat = new Set(spots.map((spot) => spot.x)).size < 2 || new Set(spots.map((spot) => spot.y)).size < 2;
  const isEnough = spots.length >= FEWEST && !isFlat;
  const field = useMemo(() => (isEnough ? fieldOf(spots, GRID) : null), [spots, isEnough]);
  const canvas = useCanvas(
    width,
    height,
    useCallback(
      (context, ink) => {
        const inner = { width: width - ROOM.left - ROOM.right, height: height - ROOM.top - ROOM.bottom };
        const colourAt = (at: number) => scaleColour(flip ? 1 - at : at, dark);
        const xOf = (at: number) => ROOM.left + at * inner.width;
        const yOf = (at: number) => height - ROOM.bottom - at * inner.height;
        if (field) {
          const cell = { width: inner.width / (GRID - 1), height: inner.height / (GRID - 1) };
          context.save();
          context.beginPath();
          context.rect(ROOM.left, ROOM.top, inner.width, inner.height);
          context.clip();
          for (let row = 0; row < GRID; row++) {
            const bandAt = (column: number) => Math.min(BANDS - 1, Math.floor(field[row * GRID + column]! * BANDS));
            // Cells of one band side by side are one stroke: no seams between them, and a file that is no larger than it must be.
            for (let column = 0, end = 0; column < GRID; column = end) {
              const band = bandAt(column);
              for (end = column + 1; end < GRID && bandAt(end) === band; ) end++;
              context.fillStyle = colourAt((band + 0.5) / BANDS);
              context.fillRect(xOf(column / (GRID - 1)) - cell.width / 2, yOf(row / (GRID - 1)) - cell.height / 2, cell.width * (end - column) + 0.6, cell.height + 0.6);
            }
          }
          context.restore();
        }
        drawFrame(context, { ...ink, line: "transparent" }, { width, height }, axes, { x: x.title, y: y.title }, { xOf, yOf });
        for (const spot of spots) {
          context.beginPath();
          context.arc(xOf(spot.x), yOf(spot.y), spots.length > CROWD ? 2.4 : 4.5, 0, Math.PI * 2);
          context.fillStyle = colourAt(spot.z);
          context.fill();
          context.lineWidth = spots.length > CROWD ? 0.8 : 1.5;
          context.strokeStyle = ink.surface;
          context.stroke();
        }
      },
      [width, height, field, spots, axes, x.title, y.title, flip, dark],
    ),
  );
  return (
    <div className="scatter" ref={frame}>
      {isEnough ? (
        <canvas
          ref={canvas}
          style={{ width: "100%", height }}
          role="img"
          aria-label={`Contour plot of ${z.title} over ${x.title} and ${y.title} for ${counted(spots.length, "run")}`}
        />
      ) : (
        <p className="chart-problem quiet">
          {spots.length < FEWEST
            ? `A contour needs at least ${FEWEST} runs that have all three; ${counted(spots.length, "run")} ${spots.length === 1 ? "does" : "do"}.`
            : `The ${counted(spots.length, "run")} that have all three do not differ in both ${x.title} and ${y.title}: choose others.`}
        </p>
      )}
      {isEnough && <p className="chart-note">Between the runs the colours are a guess from those around.</p>}
    </div>
  );
}
