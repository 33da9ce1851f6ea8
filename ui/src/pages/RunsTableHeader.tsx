import { lazy, memo, type PointerEvent, useRef } from "react";

import { IconButton } from "../components/Button";
import { FirstUse } from "../components/FirstUse";
import { Icon } from "../components/Icon";
import { columnBadge, type ColumnId, columnName, columnTitle, isNumeric, moved, orderKey } from "../lib/columns";

export interface Order {
  key: string;
  ascending: boolean;
}

/** What can be done with the columns of a table. */
export interface ColumnChanges {
  onOrder: (order: Order | null) => void;
  onColumns: (columns: ColumnId[]) => void;
  onPin: (pinned: ColumnId[]) => void;
  /** `null` gives the usual width back. */
  onWidth: (id: ColumnId, width: number | null) => void;
  onGroup: (by: ColumnId) => void;
  onFilter: (field: string) => void;
}

const loadMenu = () => import("./ColumnMenu");
const ColumnMenu = lazy(loadMenu);

export interface HeaderCellProps extends ColumnChanges {
  id: ColumnId;
  /** Its place in the table, from 1. */
  index: number;
  order: Order | null;
  columns: ColumnId[];
  pinned: ColumnId[];
  width: number;
  /** From the left edge, for a column that stays in sight. */
  left: number | undefined;
}

/** A click orders downwards, the next upwards, the third goes back to newest first. */
export function nextOrder(key: string, order: Order | null): Order | null {
  if (order?.key !== key) return { key, ascending: false };
  return order.ascending ? null : { key, ascending: true };
}

/** The head of a column: ordering, a menu of all that can be done, its place by dragging, its width at the edge. */
function Cell(props: HeaderCellProps) {
  const { id, order, columns, width, left, onOrder, onColumns, onWidth } = props;
  const cell = useRef<HTMLDivElement>(null);
  const title = columnTitle(id);
  const badge = columnBadge(id);
  const key = orderKey(id);
  const isOrdered = key !== undefined && order?.key === key;
  const { group } = columnName(id);
  const classes = ["runs-cell", isNumeric(id) && "runs-number", left !== undefined && "runs-pinned"].filter(Boolean).join(" ");
  const trigger = <IconButton icon="more" size={13} label={`Column ${badge ? `${title} ${badge}` : title}`} tabIndex={-1} className="runs-column-menu" />;
  const openMenu = () => cell.current?.querySelector<HTMLElement>(".runs-column-menu")?.click();
  return (
    <div
      ref={cell}
      role="columnheader"
      aria-colindex={props.index}
      aria-label={badge ? `${title} ${badge}` : title}
      className={classes}
      style={left === undefined ? undefined : { left }}
      aria-sort={isOrdered ? (order.ascending ? "ascending" : "descending") : undefined}
      onContextMenu={(event) => {
        event.preventDefault();
        openMenu();
      }}
      onDragOver={(event) => event.dataTransfer.types.includes(DRAGGED) && event.preventDefault()}
      onDrop={(event) => {
        const from = event.dataTransfer.getData(DRAGGED);
        if (from) onColumns(moved(columns, from, columns.indexOf(id)));
      }}
    >
      <span className="runs-grip" draggable onDragStart={(event) => event.dataTransfer.setData(DRAGGED, id)}>
        {key === undefined ? (
          <span className="runs-title">{title}</span>
        ) : (
          <button
            type="button"
            className="runs-title"
            data-hint={group === "attributes" ? undefined : `${group}.${columnName(id).key}`}
            onClick={() => onOrder(nextOrder(key, order))}
          >
            <span>{title}</span>
            {badge && <small className="runs-extreme">{badge}</small>}
            {isOrdered && <Icon name={order.ascending ? "up" : "down"} size={11} />}
          </button>
        )}
      </span>
      <FirstUse trigger={trigger} opens="menu" load={loadMenu}>
        <ColumnMenu {...props} trigger={trigger} orderBy={key} />
      </FirstUse>
      <span
        className="runs-edge"
        aria-hidden="true"
        onPointerDown={(event) => drag(event, width, (to) => onWidth(id, to))}
        onDoubleClick={() => onWidth(id, null)}
      />
    </div>
  );
}

/** Scrolling down changes no head of a column. */
export const HeaderCell = memo(Cell);

const DRAGGED = "application/x-flowmill-column";

/** px */
export const NARROWEST = 48;

/** Follows the pointer until it is let go; the width is told once a frame at most. */
function drag(event: PointerEvent<HTMLElement>, from: number, tell: (width: number) => void): void {
  event.preventDefault();
  event.stopPropagation();
  const edge = event.currentTarget;
  const start = event.clientX;
  let frame = 0;
  edge.setPointerCapture(event.pointerId);
  const move = (now: globalThis.PointerEvent) => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => tell(Math.max(NARROWEST, Math.round(from + now.clientX - start))));
  };
  const end = () => {
    edge.removeEventListener("pointermove", move);
    edge.removeEventListener("pointerup", end);
    edge.removeEventListener("pointercancel", end);
  };
  edge.addEventListener("pointermove", move);
  edge.addEventListener("pointerup", end);
  edge.addEventListener("pointercancel", end);
}
