import { createContext, useContext, useLayoutEffect } from "react";

import type { Pen } from "./pen";
import type { Ink } from "./useCanvas";

/** A chart as it stands on the page, to be drawn again elsewhere. Sizes are in CSS px. */
export interface Drawing {
  width: number;
  height: number;
  draw: (pen: Pen, ink: Ink) => void;
  /** What the colours mean, where the drawing itself does not say it. */
  scale?: { title: string; low: string; high: string; stops: string[] } | undefined;
  legend?: { name: string; colour: string; dash?: number[] | undefined }[] | undefined;
}

/** A drawing, or the way to it where something has to be fetched first. */
export type Drawable = Drawing | (() => Promise<Drawing>);

/** Holds the drawing of a chart for the menu of the card that it is in. */
export interface DrawingPlace {
  get: () => Drawable | null;
  put: (drawing: Drawable) => void;
}

export function drawingPlace(): DrawingPlace {
  let held: Drawable | null = null;
  return {
    get: () => held,
    put: (drawing) => {
      held = drawing;
    },
  };
}

export const DrawingContext = createContext<DrawingPlace | null>(null);

/** Leaves a chart's drawing where the card around it finds it. */
export function useDrawing(drawing: Drawable | null): void {
  const place = useContext(DrawingContext);
  useLayoutEffect(() => {
    if (drawing) place?.put(drawing);
  });
}
