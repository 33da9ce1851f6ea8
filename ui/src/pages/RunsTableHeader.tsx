import { memo, type PointerEvent, useRef } from "react";

import { IconButton } from "../components/Button";
import { Icon } from "../components/Icon";
import { Menu, type MenuItem } from "../components/Menu";
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

interface HeaderCellProps extends ColumnChanges {
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
      <Menu
        trigger={<IconButton icon="more" size={13} label={`Column ${badge ? `${title} ${badge}` : title}`} tabIndex={-1} className="runs-column-menu" />}
        items={menuItems(props, key)}
      />
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

function menuItems({ id, columns, pinned, width, onOrder, onColumns, onPin, onWidth, onGroup, onFilter }: HeaderCellProps, key: string | undefined): MenuItem[] {
  const { group, key: name } = columnName(id);
  const at = columns.indexOf(id);
  const isPinned = pinned.includes(id);
  const items: MenuItem[] = [];
  if (key !== undefined) {
    items.push(
      { label: "Order, largest first", icon: "down", onSelect: () => onOrder({ key, ascending: false }) },
      { label: "Order, smallest first", icon: "up", onSelect: () => onOrder({ key, ascending: true }) },
    );
  }
  if (group === "params" || group === "tags" || id === "attributes.status" || id === "attributes.user") {
    items.push({ label: "Group by it", icon: "group", onSelect: () => onGroup(id === "attributes.user" ? "attributes.user_id" : id) });
  }
  if (key !== undefined && group !== "minimum" && group !== "maximum") {
    items.push({ label: "Filter by it", icon: "filter", onSelect: () => onFilter(key) });
  }
  if (isNumeric(id)) {
    const beside = (other: ColumnId) => [...columns.slice(0, at + 1), other, ...columns.slice(at + 1)];
    for (const [kind, label] of [["metrics", "Add the last value"], ["minimum", "Add the minimum"], ["maximum", "Add the maximum"]] as const) {
      const other = `${kind}.${name}`;
      if (!columns.includes(other)) items.push({ label, icon: "plus", onSelect: () => onColumns(beside(other)) });
    }
  }
  items.push(
    { label: isPinned ? "Unpin" : "Pin to the left", icon: "pin", onSelect: () => onPin(isPinned ? pinned.filter((each) => each !== id) : [...pinned, id]) },
    { label: "Move left", icon: "left", disabled: at <= 0, onSelect: () => onColumns(moved(columns, id, at - 1)) },
    { label: "Move right", icon: "right", disabled: at >= columns.length - 1, onSelect: () => onColumns(moved(columns, id, at + 1)) },
    { label: "Wider", icon: "plus", onSelect: () => onWidth(id, width + 40) },
    { label: "Narrower", icon: "columns", disabled: width <= NARROWEST, onSelect: () => onWidth(id, Math.max(NARROWEST, width - 40)) },
    { label: "Hide", icon: "close", onSelect: () => onColumns(columns.filter((each) => each !== id)) },
  );
  return items;
}

const NARROWEST = 48;

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
