import { type RefObject, useCallback, useEffect, useState } from "react";

interface VisibleRows {
  /** The rows to draw, from `first` up to but not including `end`. */
  first: number;
  end: number;
  /** Scrolls as little as is needed to bring a row into view. */
  scrollTo: (index: number) => void;
}

/** Rows beyond the edges, so that a quick scroll does not show a gap. */
const BEYOND = 12;

/**
 * Which rows of a long table are in view. All rows are equally high and lie under a header of `header` px and the first
 * `still` rows, which stay in place, so a row's place is a multiplication and only a change of the rows in view draws
 * anything anew. The rows that stay are not among those in view.
 */
export function useVisibleRows(scroller: RefObject<HTMLElement | null>, count: number, height: number, header: number, still: number): VisibleRows {
  const [range, setRange] = useState({ first: 0, end: 0 });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = () => {
      const first = still + Math.max(0, Math.floor(element.scrollTop / height) - BEYOND);
      const end = Math.max(first, Math.min(count, Math.ceil((element.scrollTop + element.clientHeight - header) / height) + BEYOND));
      setRange((old) => (old.first === first && old.end === end ? old : { first, end }));
    };
    measure();
    element.addEventListener("scroll", measure, { passive: true });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", measure);
      observer.disconnect();
    };
  }, [scroller, count, height, header, still]);

  const scrollTo = useCallback(
    (index: number) => {
      const element = scroller.current;
      if (!element || index < still) return;
      const top = (index - still) * height;
      const lowest = top + height + header + still * height - element.clientHeight;
      if (element.scrollTop > top) element.scrollTo({ top });
      else if (element.scrollTop < lowest) element.scrollTo({ top: lowest });
    },
    [scroller, height, header, still],
  );
  return { ...range, scrollTo };
}
