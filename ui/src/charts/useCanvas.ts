import { type RefObject, useLayoutEffect, useRef } from "react";

import { type Drawing, useDrawing } from "./drawing";
import type { Pen } from "./pen";

/** The page's colours as a canvas needs them. */
export interface Ink {
  text: string;
  text2: string;
  text3: string;
  line: string;
  lineStrong: string;
  surface: string;
  accent: string;
  font: string;
}

export function inkOf(element: Element): Ink {
  const style = getComputedStyle(element);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: of("--text"),
    text2: of("--text-2"),
    text3: of("--text-3"),
    line: of("--line"),
    lineStrong: of("--line-strong"),
    surface: of("--surface"),
    accent: of("--accent"),
    font: `12px ${of("--font")}`,
  };
}

/**
 * A canvas of this size in CSS pixels that `draw` fills again whenever it changes. `whole`: what is different in a
 * file, where nothing lies over the canvas.
 */
export function useCanvas(width: number, height: number, draw: Drawing["draw"], whole?: Partial<Drawing>): RefObject<HTMLCanvasElement | null> {
  const canvas = useRef<HTMLCanvasElement>(null);
  useDrawing(width > 0 ? { width, height, draw, ...whole } : null);
  // Before the page is painted: until then the old picture would be stretched to the new size.
  useLayoutEffect(() => {
    const target = canvas.current;
    const context = target?.getContext("2d");
    if (!target || !context || width <= 0) return;
    const ratio = window.devicePixelRatio || 1;
    target.width = Math.round(width * ratio);
    target.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const ink = inkOf(target);
    context.font = ink.font;
    draw(context, ink);
  }, [width, height, draw]);
  return canvas;
}

/** The text cut with an ellipsis so that it is no wider than `room`. */
export function fitted(context: Pen, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let length = Math.max(1, Math.floor((text.length * room) / context.measureText(text).width));
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > room) length -= 1;
  return `${text.slice(0, length)}…`;
}
