import { createContext, type DragEvent, type KeyboardEvent, type ReactNode, type Ref, useContext, useState } from "react";

import { Icon } from "../components/Icon";
import { IconButton } from "../components/Button";
import { Menu, type MenuItem } from "../components/Menu";

/** How charts are moved where they stand among others; given by what arranges them. */
export interface ChartMoves {
  isPinned: (metric: string) => boolean;
  pin: (metric: string) => void;
  /** So many places further on; whether that was possible. */
  shift: (metric: string, by: number) => boolean;
  drop: (metric: string, onto: string) => void;
}

export const ChartMovesContext = createContext<ChartMoves | null>(null);

const DRAGGED = "application/x-flowmill-chart";

interface ChartCardProps {
  metric: string;
  /** Said after the name: what is drawn of it. */
  beside?: ReactNode;
  items: MenuItem[];
  height: number;
  ref?: Ref<HTMLElement>;
  children: ReactNode;
}

/** A chart with its name and its menu. Its handle is dragged, or moved with the arrow keys. */
export function ChartCard({ metric, beside, items, height, ref, children }: ChartCardProps) {
  const moves = useContext(ChartMovesContext);
  const [over, setOver] = useState(false);
  const isPinned = moves?.isPinned(metric) ?? false;
  const all: MenuItem[] = moves
    ? [
        ...items,
        { label: isPinned ? "Unpin" : "Pin to the top", icon: "pin", onSelect: () => moves.pin(metric) },
        { label: "Move earlier", icon: "left", onSelect: () => moves.shift(metric, -1) },
        { label: "Move later", icon: "right", onSelect: () => moves.shift(metric, 1) },
      ]
    : items;
  const target = moves && {
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer.types.includes(DRAGGED)) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      setOver(false);
      const dragged = event.dataTransfer.getData(DRAGGED);
      if (dragged) moves.drop(dragged, metric);
    },
  };
  const onKey = (event: KeyboardEvent) => {
    const by = event.key === "ArrowLeft" || event.key === "ArrowUp" ? -1 : event.key === "ArrowRight" || event.key === "ArrowDown" ? 1 : 0;
    if (by === 0) return;
    event.preventDefault();
    moves?.shift(metric, by);
  };
  return (
    <figure className={over ? "card chart-card chart-over" : "card chart-card"} ref={ref} {...target}>
      <figcaption>
        {moves && (
          <button
            type="button"
            className="chart-grip"
            aria-label={`Move the chart of ${metric}: arrow keys`}
            data-hint="Drag, or move with the arrow keys"
            draggable
            onDragStart={(event) => event.dataTransfer.setData(DRAGGED, metric)}
            onKeyDown={onKey}
          >
            <Icon name="grip" size={14} />
          </button>
        )}
        <span className="chart-title" data-hint={metric}>
          {metric}
        </span>
        {isPinned && <Icon name="pin" size={13} />}
        {beside}
        <Menu trigger={<IconButton icon="more" label={`Actions for the chart of ${metric}`} />} items={all} />
      </figcaption>
      <div className="chart-space" style={{ minHeight: height }}>
        {children}
      </div>
    </figure>
  );
}
