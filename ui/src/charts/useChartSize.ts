import { type RefObject, useContext, useEffect, useRef, useState } from "react";

import { useNotices } from "../components/Notices";
import { type ChartSize, chosenSize, heightNear, spanOf } from "../lib/chartSizes";
import { SizesContext } from "./sizes";

/** How large a chart is drawn now, and what its corner and its menu do about it where that can be chosen. */
export function useChartSize(id: string, title: string, height: number, grows: boolean) {
  const board = useContext(SizesContext);
  const { tell } = useNotices();
  const space = useRef<HTMLDivElement>(null);
  const chosen = board?.sizeOf(id) ?? {};
  const usual: Required<ChartSize> = { columns: board?.usualColumns(id) ?? 1, height };
  const [live, setLive] = useState<Required<ChartSize> | null>(null);
  // The size that was drawn last stays until the address has it.
  const told = JSON.stringify(chosen);
  useEffect(() => setLive(null), [told]);
  /** What it was before keys changed it. */
  const before = useRef<ChartSize | null>(null);

  const size = { ...usual, ...chosen, ...live };
  const isChosen = live ? live.height !== usual.height : chosen.height !== undefined;
  const shown = { height: size.height, span: board ? spanOf(size.columns, board.columns) : 1 };
  if (!board) return { size: shown, isChosen: false, space: space as RefObject<HTMLDivElement | null> };

  const undoable = (old: ChartSize) => tell(`The chart of ${title} has another size.`, { label: "Undo", run: () => board.resize(id, old) });
  const set = (to: ChartSize) => {
    const next = chosenSize(to, usual);
    if (JSON.stringify(next) === told) return setLive(null);
    board.resize(id, next);
  };
  const setAtOnce = (to: ChartSize) => {
    before.current = null;
    set(to);
    if (JSON.stringify(chosenSize(to, usual)) !== told) undoable(chosen);
  };
  const isWide = shown.span > 1;
  return {
    size: shown,
    isChosen,
    space: space as RefObject<HTMLDivElement | null>,
    resizing: {
      size,
      columns: board.columns,
      measured: () => (grows && !isChosen ? heightNear(space.current?.clientHeight ?? height) : size.height),
      onLive: setLive,
      onSize: (to: Required<ChartSize>, byKeys: boolean) => {
        if (!byKeys) return setAtOnce(to);
        before.current ??= chosen;
        set(to);
      },
      onUsual: () => setAtOnce(usual),
      onLeave: () => {
        if (before.current && JSON.stringify(before.current) !== told) undoable(before.current);
        before.current = null;
      },
    },
    reset: told === "{}" ? undefined : () => setAtOnce(usual),
    widen: board.columns > 1 ? { isWide, toggle: () => setAtOnce({ ...chosen, columns: isWide ? 1 : "all" }) } : undefined,
  };
}
