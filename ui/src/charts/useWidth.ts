import { type RefObject, useLayoutEffect, useState } from "react";

/** The width of an element in CSS pixels, 0 until it is known; the element may come later than what asks for it. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [target, setTarget] = useState<HTMLElement | null>(null);
  const [width, setWidth] = useState(0);
  // oxlint-disable-next-line react/exhaustive-deps -- which element it is can change with every drawing, and seldom does
  useLayoutEffect(() => setTarget(element.current));
  useLayoutEffect(() => {
    if (!target) return;
    setWidth(target.clientWidth);
    const observer = new ResizeObserver(() => setWidth(target.clientWidth));
    observer.observe(target);
    return () => observer.disconnect();
  }, [target]);
  return width;
}
