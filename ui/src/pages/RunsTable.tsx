import "./RunsTable.css";

import { type KeyboardEvent, useEffect, useRef, useState } from "react";

import type { RunRow } from "../api/schema";
import { useWidth } from "../charts/useCanvas";
import { Icon } from "../components/Icon";
import { ATTRIBUTE_COLUMNS, type ColumnId, columnName, columnTitle, orderKey } from "../lib/columns";
import { toggled } from "../lib/selection";
import { RunsTableRow } from "./RunsTableRow";
import { useVisibleRows } from "./useVisibleRows";

export interface Order {
  key: string;
  ascending: boolean;
}

interface RunsTableProps {
  /** The rows that were fetched, a run from the start of the answer. */
  rows: RunRow[];
  /** How many runs match in all; rows not fetched yet are drawn as bars. */
  total: number;
  columns: ColumnId[];
  order: Order | null;
  selected: string[];
  colours: Map<string, string>;
  onOrder: (order: Order | null) => void;
  onSelect: (ids: string[]) => void;
  onOpen: (row: RunRow) => void;
  onCompare: () => void;
  /** Called with the last row in sight, so that the caller can fetch up to it. */
  onSight: (lastIndex: number) => void;
}

const ROW = 36;
const CHECK = 40;
const NAME = 216;
const SCROLL_BAR = 14;

export function RunsTable(props: RunsTableProps) {
  const { rows, total, columns, order, selected, colours, onOrder, onSelect, onOpen, onCompare, onSight } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const [anchor, setAnchor] = useState<string | null>(null);
  const moved = useRef(false);
  const { first, end, scrollTo } = useVisibleRows(scroller, total, ROW, ROW);
  const room = useWidth(scroller);
  useEffect(() => onSight(end - 1), [end, onSight]);

  const focused = Math.min(current, Math.max(0, total - 1));
  useEffect(() => {
    if (!moved.current) return;
    scrollTo(focused);
    // The row is only there once the scroll has been drawn, which may take a few frames over a long way.
    let frame = 0;
    let tries = 30;
    const focusRow = () => {
      const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${focused}"]`);
      row?.focus({ preventScroll: true });
      moved.current = !row && tries-- > 0;
      if (moved.current) frame = requestAnimationFrame(focusRow);
    };
    frame = requestAnimationFrame(focusRow);
    return () => cancelAnimationFrame(frame);
  }, [focused, scrollTo]);

  const shown = rows.map((row) => row.run_id);
  const ticked = new Set(selected);
  const select = (row: RunRow, shift: boolean) => {
    onSelect(toggled(selected, shown, row.run_id, anchor, shift));
    setAnchor(row.run_id);
  };
  const move = (to: number, extend: boolean) => {
    const next = Math.min(total - 1, Math.max(0, to));
    moved.current = true;
    setCurrent(next);
    const row = rows[next];
    const from = rows[focused];
    if (extend && row && from) onSelect([...new Set([...selected, from.run_id, row.run_id])]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const inRow = event.target instanceof HTMLElement && event.target.dataset["index"] !== undefined;
    const row = rows[focused];
    const steps: Record<string, number> = {
      ArrowDown: focused + 1,
      ArrowUp: focused - 1,
      PageDown: focused + 20,
      PageUp: focused - 20,
      Home: 0,
      End: total - 1,
    };
    const to = steps[event.key];
    if (to !== undefined) {
      event.preventDefault();
      move(to, event.shiftKey);
    } else if (inRow && row && event.key === " ") {
      event.preventDefault();
      select(row, false);
    } else if (inRow && row && event.key === "Enter") onOpen(row);
    else if (event.key === "c" && !event.ctrlKey && !event.metaKey && selected.length > 1) onCompare();
    else if (event.key === "Escape" && selected.length > 0) onSelect([]);
  };

  const template = [`${CHECK}px`, `${NAME}px`, ...columns.map((id) => `${columnWidth(id)}px`), "minmax(0, 1fr)"].join(" ");
  const width = CHECK + NAME + columns.reduce((sum, id) => sum + columnWidth(id), 0);
  const allSelected = rows.length > 0 && rows.every((row) => ticked.has(row.run_id));
  return (
    // The rows take the focus; the grid only hears their keys.
    // oxlint-disable-next-line jsx-a11y/interactive-supports-focus
    <div
      className="runs-table"
      ref={scroller}
      role="grid"
      aria-label="Runs"
      aria-rowcount={total + 1}
      aria-colcount={columns.length + 2}
      aria-multiselectable="true"
      // A short table is as high as its rows, the header and the frame, and a scroll bar if one is needed.
      style={{ maxHeight: (total + 1) * ROW + 2 + (width > room ? SCROLL_BAR : 0) }}
      onKeyDown={onKeyDown}
    >
      <div className="runs-header" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template, minWidth: width }}>
        <div role="columnheader" className="runs-cell runs-check" aria-label="Ticked">
          <input
            type="checkbox"
            aria-label="Tick all rows that are loaded"
            checked={allSelected}
            ref={(box) => {
              if (box) box.indeterminate = !allSelected && selected.length > 0;
            }}
            onChange={() => onSelect(allSelected ? [] : shown)}
          />
        </div>
        <HeaderCell id="attributes.run_name" title="Run" order={order} onOrder={onOrder} sticky />
        {columns.map((id) => (
          <HeaderCell key={id} id={id} title={columnTitle(id)} order={order} onOrder={onOrder} />
        ))}
        {/* Takes the room that is left, so that every row reaches the edge of the table. */}
        <div role="presentation" />
      </div>
      <div className="runs-body" role="rowgroup" style={{ height: total * ROW, minWidth: width }}>
        {Array.from({ length: end - first }, (_, at) => first + at).map((index) => (
          <RunsTableRow
            // By place, not by run: the row that has the focus keeps it when its run arrives.
            key={index}
            row={rows[index]}
            index={index}
            top={index * ROW}
            template={template}
            columns={columns}
            selected={ticked.has(rows[index]?.run_id ?? "")}
            colour={colours.get(rows[index]?.run_id ?? "")}
            isCurrent={index === focused}
            onSelect={select}
            onFocus={setCurrent}
          />
        ))}
      </div>
    </div>
  );
}

function columnWidth(id: ColumnId): number {
  const { group, key } = columnName(id);
  if (group === "attributes") return ATTRIBUTE_COLUMNS.find((column) => column.key === key)?.width ?? 120;
  const title = key.length * 6.6 + 36;
  return Math.round(Math.min(210, Math.max(group === "tags" ? 130 : 88, title)));
}

interface HeaderCellProps {
  id: ColumnId;
  title: string;
  order: Order | null;
  onOrder: (order: Order | null) => void;
  sticky?: boolean;
}

/** A click orders downwards, the next upwards, the third goes back to newest first. */
function HeaderCell({ id, title, order, onOrder, sticky = false }: HeaderCellProps) {
  const key = orderKey(id);
  const isOrdered = key !== undefined && order?.key === key;
  const { group } = columnName(id);
  const className = `runs-cell ${sticky ? "runs-name" : ""} ${group === "metrics" ? "runs-number" : ""}`;
  const next = (): Order | null => {
    if (!isOrdered) return { key: key ?? "", ascending: false };
    return order.ascending ? null : { key: order.key, ascending: true };
  };
  return (
    <div role="columnheader" className={className} aria-sort={isOrdered ? (order.ascending ? "ascending" : "descending") : undefined}>
      {key === undefined ? (
        <span className="runs-title">{title}</span>
      ) : (
        <button type="button" className="runs-title" data-hint={group === "attributes" ? undefined : `${group}.${title}`} onClick={() => onOrder(next())}>
          <span>{title}</span>
          {isOrdered && <Icon name={order.ascending ? "up" : "down"} size={11} />}
        </button>
      )}
    </div>
  );
}
