import { type RefObject, useEffect, useMemo, useState } from "react";

import { type ColumnWindow, windowOf } from "../lib/columnWindow";

/**
 * Which of a table's columns are in view. `widths` are of those that scroll, in px; `stuck` is how much of the left edge
 * the others cover.
 */
export function useVisibleColumns(scroller: RefObject<HTMLElement | null>, widths: number[], stuck: number): ColumnWindow {
  const [view, setView] = useState({ left: 0, width: 0 });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = () => {
      const [left, width] = [element.scrollLeft, element.clientWidth];
      setView((old) => (old.left === left && old.width === width ? old : { left, width }));
    };
    measure();
    element.addEventListener("scroll", measure, { passive: true });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", measure);
      observer.disconnect();
    };
  }, [scroller]);
  const { from, to, before } = windowOf(widths, view.left, view.left + Math.max(0, view.width - stuck));
  return useMemo(() => ({ from, to, before }), [from, to, before]);
}
