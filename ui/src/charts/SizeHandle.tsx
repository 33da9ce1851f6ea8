import { type KeyboardEvent, type PointerEvent, useRef } from "react";

import { type ChartSize, columnsNear, HEIGHT_STEP, heightNear, LEAST_HEIGHT, MOST_HEIGHT, spanOf } from "../lib/chartSizes";

interface SizeHandleProps {
  title: string;
  /** As it is now. */
  size: Required<ChartSize>;
  /** How many columns there are. */
  columns: number;
  /** While a hand or a key is still at it; null when that was given up. */
  onLive: (size: Required<ChartSize> | null) => void;
  /** What was meant in the end. */
  onSize: (size: Required<ChartSize>, byKeys: boolean) => void;
  /** Gives it the size that charts of its kind have. */
  onUsual: () => void;
  /** It was changed by keys, and they are elsewhere now. */
  onLeave: () => void;
  /** The height of what is drawn, where that follows from what it holds. */
  measured: () => number;
}

const KEY_STEP = 2 * HEIGHT_STEP;

/** The corner of a chart: dragged, or moved with the arrow keys; a double click or Enter gives the usual size. */
export function SizeHandle({ title, size, columns, onLive, onSize, onUsual, onLeave, measured }: SizeHandleProps) {
  const keyed = useRef<Required<ChartSize> | null>(null);

  const start = (event: PointerEvent<HTMLElement>) => {
    const handle = event.currentTarget;
    const figure = handle.closest("figure");
    if (event.button !== 0 || !figure?.parentElement) return;
    event.preventDefault();
    handle.focus({ preventScroll: true });
    const gap = Number.parseFloat(getComputedStyle(figure.parentElement).columnGap) || 0;
    const grid = { columns, gap, column: (figure.parentElement.clientWidth - gap * (columns - 1)) / columns };
    const from = { x: event.clientX, y: event.clientY, width: figure.offsetWidth, height: measured() };
    let next = size;
    let frame = 0;
    const move = (now: globalThis.PointerEvent) => {
      // Told from where it began: a chart that moves to the next row while it grows does not pull its own edge along.
      const [right, down] = [now.clientX - from.x, now.clientY - from.y];
      const to = {
        columns: Math.abs(right) < gap ? size.columns : (columnsNear(from.width + right, grid) ?? size.columns),
        height: Math.abs(down) < HEIGHT_STEP / 2 ? size.height : heightNear(from.height + down),
      };
      if (to.columns === next.columns && to.height === next.height) return;
      next = to;
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => onLive(next));
    };
    const stop = () => {
      cancelAnimationFrame(frame);
      handle.removeEventListener("pointermove", move);
      handle.removeEventListener("pointerup", end);
      handle.removeEventListener("pointercancel", cancel);
      handle.removeEventListener("keydown", onEscape);
    };
    const end = () => {
      stop();
      if (next !== size) onSize(next, false);
    };
    const cancel = () => {
      stop();
      onLive(null);
    };
    const onEscape = (pressed: globalThis.KeyboardEvent) => {
      if (pressed.key !== "Escape") return;
      handle.releasePointerCapture(event.pointerId);
      cancel();
    };
    handle.setPointerCapture(event.pointerId);
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", end);
    handle.addEventListener("pointercancel", cancel);
    handle.addEventListener("keydown", onEscape);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      event.preventDefault();
      keyed.current = null;
      onUsual();
      return;
    }
    const now = keyed.current ?? size;
    const high = keyed.current?.height ?? measured();
    const span = spanOf(now.columns, columns);
    const across = (to: number) => (to >= columns ? ("all" as const) : Math.max(1, to));
    const to: Partial<Record<string, Required<ChartSize>>> = {
      ArrowUp: { ...now, height: Math.max(LEAST_HEIGHT, high - KEY_STEP) },
      ArrowDown: { ...now, height: Math.min(MOST_HEIGHT, high + KEY_STEP) },
      ...(columns > 1 ? { ArrowLeft: { ...now, columns: across(span - 1) }, ArrowRight: { ...now, columns: across(span + 1) } } : {}),
    };
    const next = to[event.key];
    if (!next) return;
    event.preventDefault();
    // A key that is held down draws; the address is told once it is let go.
    keyed.current = next;
    onLive(next);
  };
  const onKeyUp = () => {
    if (keyed.current) onSize(keyed.current, true);
    keyed.current = null;
  };
  const span = spanOf(size.columns, columns);
  return (
    <div
      className="chart-corner"
      role="separator"
      aria-orientation="horizontal"
      aria-label={`Size of the chart of ${title}: arrow keys`}
      aria-valuenow={size.height}
      aria-valuemin={LEAST_HEIGHT}
      aria-valuemax={MOST_HEIGHT}
      aria-valuetext={`${size.height} pixels high, ${span} of ${columns} ${columns === 1 ? "column" : "columns"} wide`}
      // A separator that moves takes the focus, as ARIA asks.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onPointerDown={start}
      onDoubleClick={onUsual}
      onKeyDown={onKeyDown}
      onKeyUp={onKeyUp}
      onBlur={() => {
        onKeyUp();
        onLeave();
      }}
    >
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        <path d="M11 3 3 11M11 7.5 7.5 11" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" />
      </svg>
    </div>
  );
}
