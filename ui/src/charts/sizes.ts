import { createContext, type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import { type ChartSize, type ChartSizes, fittingColumns, sizeIn, withSize } from "../lib/chartSizes";

/** Where charts can be made wider and higher; given by what holds them. */
export interface SizeBoard {
  /** How many charts stand side by side. */
  columns: number;
  /** How wide a chart is for which nothing was chosen. */
  usualColumns: (id: string) => number | "all";
  sizeOf: (id: string) => ChartSize;
  resize: (id: string, size: ChartSize) => void;
}

export const SizesContext = createContext<SizeBoard | null>(null);

const ONE = () => 1;

/** The sizes of an address, to be changed by the charts themselves. */
export function useSizeBoard(
  sizes: ChartSizes | undefined,
  onSizes: (change: { sizes: ChartSizes | undefined }) => void,
  columns: number,
  usualColumns: (id: string) => number | "all" = ONE,
): SizeBoard {
  // What is undone later is undone in what stands there then.
  const now = useRef({ sizes, onSizes });
  useEffect(() => {
    now.current = { sizes, onSizes };
  }, [sizes, onSizes]);
  return useMemo(
    () => ({
      columns,
      usualColumns,
      sizeOf: (id) => sizeIn(sizes, id),
      resize: (id, size) => now.current.onSizes({ sizes: withSize(now.current.sizes, id, size) }),
    }),
    [sizes, columns, usualColumns],
  );
}

/** As wide as a chart is at least, in rem, and the room between two, in px; charts.css lays out as many columns as this finds. */
const LEAST = 23;
const GAP = 12;

/** How many columns of charts fit into an element. Only their number, so that a window can be dragged without drawing all anew. */
export function useColumns(element: RefObject<HTMLElement | null>): number {
  const [columns, setColumns] = useState(1);
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return;
    const least = LEAST * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const count = () => setColumns(fittingColumns(target.clientWidth, least, GAP));
    count();
    const observer = new ResizeObserver(count);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return columns;
}
