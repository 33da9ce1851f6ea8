import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";

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

/** The width of an element in CSS pixels, 0 until it is known. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    setWidth(target.clientWidth);
    const observer = new ResizeObserver(() => setWidth(target.clientWidth));
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

/** A canvas of this size in CSS pixels that `draw` fills again whenever it changes. */
export function useCanvas(width: number, height: number, draw: (context: CanvasRenderingContext2D, ink: Ink) => void): RefObject<HTMLCanvasElement | null> {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
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
export function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let length = Math.max(1, Math.floor((text.length * room) / context.measureText(text).width));
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > room) length -= 1;
  return `${text.slice(0, length)}…`;
}
