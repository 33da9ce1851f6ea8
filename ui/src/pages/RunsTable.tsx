import "./RunsTable.css";

import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import type { RunRow } from "../api/schema";
import { useWidth } from "../charts/useWidth";
import { Icon } from "../components/Icon";
import { TickAll } from "../components/TickAll";
import { ATTRIBUTE_COLUMNS, columnBadge, type ColumnId, columnName, isNumeric } from "../lib/columns";
import type { TableLine } from "../lib/runTree";
import { toggled } from "../lib/selection";
import { useVisibleRows } from "../lib/useVisibleRows";
import { type ColumnChanges, HeaderCell, nextOrder, type Order } from "./RunsTableHeader";
import { type DrawnColumn, RunsTableRow } from "./RunsTableRow";
import { useSteady } from "./useSteady";
import { useVisibleColumns } from "./useVisibleColumns";

interface RunsTableProps extends ColumnChanges {
  /** The lines that were fetched, from the start of the answer. */
  lines: TableLine[];
  /** What the lines answer. */
  question: string;
  /** How many lines there are in all; those not fetched yet are drawn as bars. */
  total: number;
  columns: ColumnId[];
  pinned: ColumnId[];
  widths: Record<string, number>;
  /** What runs are grouped by; the first column then names the group. */
  by: ColumnId[];
  /** Whether lines can be unfolded. */
  isTree: boolean;
  order: Order | null;
  selected: string[];
  stars: Set<string>;
  /** The runs that stay on top, above all others, and those that no chart draws. */
  onTop: RunRow[];
  hidden: Set<string>;
  colours: Map<string, string>;
  onSelect: (ids: string[]) => void;
  onStar: (id: string) => void;
  onTopOrNot: (id: string) => void;
  onHide: (id: string) => void;
  onColour: (row: RunRow) => void;
  onFold: (id: string, open: boolean) => void;
  onOpen: (row: RunRow) => void;
  onCompare: () => void;
  /** A value was clicked to see only what has it too. */
  onClause: (column: ColumnId, value: string) => void;
  onDatasets: (row: RunRow) => void;
  onMore: (branch: string) => void;
  onRetry: () => void;
  /** Called with the last row in sight, so that the caller can fetch up to it. */
  onSight: (lastIndex: number) => void;
}

const ROW = 36;
const CHECK = 40;
const NAME = 236;
const SCROLL_BAR = 14;
const MOST_MORE = 90;
const NAME_COLUMN = "attributes.run_name";
/** Columns are counted from 1; the tick and the name are before them. */
const FIRST_COLUMN = 3;

export function RunsTable(props: RunsTableProps) {
  const { columns, pinned, widths, by, isTree, order, selected, stars, onTop, hidden, colours, onOrder, onSelect, onFold, onOpen, onCompare, onSight } = props;
  const still = onTop.length;
  const lines = useMemo(
    () => (onTop.length === 0 ? props.lines : [...onTop.map((row): TableLine => ({ kind: "run", id: `top:${row.run_id}`, row, depth: 0, open: null })), ...props.lines]),
    [onTop, props.lines],
  );
  const total = still + props.total;
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const [anchor, setAnchor] = useState<string | null>(null);
  const moved = useRef(false);
  const { first, end, scrollTo } = useVisibleRows(scroller, total, ROW, ROW, still);
  const room = useWidth(scroller);
  const onShift = useCallback((by: number) => setCurrent((old) => Math.max(0, old + by)), []);
  useSteady(scroller, props.lines, ROW, props.question, onShift);
  useEffect(() => onSight(end - 1 - still), [end, still, onSight]);

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

  const shown = useMemo(() => [...new Set(props.lines.flatMap((line) => (line.kind === "run" ? [line.row.run_id] : [])))], [props.lines]);
  const ticked = useMemo(() => new Set(selected), [selected]);
  const runAt = (index: number): RunRow | undefined => {
    const line = lines[index];
    return line?.kind === "run" ? line.row : undefined;
  };
  const select = (row: RunRow, shift: boolean) => {
    onSelect(toggled(selected, shown, row.run_id, anchor, shift));
    setAnchor(row.run_id);
  };
  // Rows are given one function that stays: otherwise each of them was drawn anew with every few that scroll by.
  const selectNow = useRef(select);
  useLayoutEffect(() => {
    selectNow.current = select;
  });
  const onTick = useCallback((row: RunRow, shift: boolean) => selectNow.current(row, shift), []);
  const move = (to: number, extend: boolean) => {
    const next = Math.min(total - 1, Math.max(0, to));
    moved.current = true;
    setCurrent(next);
    const row = runAt(next);
    const from = runAt(focused);
    if (extend && row && from) onSelect([...new Set([...selected, from.run_id, row.run_id])]);
  };
  const fold = (line: TableLine | undefined, open: boolean): boolean => {
    if ((line?.kind !== "run" && line?.kind !== "group") || line.open === null || line.open === open) return false;
    onFold(line.kind === "run" ? line.row.run_id : line.id, open);
    return true;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const inRow = event.target instanceof HTMLElement && event.target.dataset["index"] !== undefined;
    const line = lines[focused];
    const row = runAt(focused);
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
    } else if (inRow && event.key === "ArrowRight") {
      if (fold(line, true)) event.preventDefault();
    } else if (inRow && event.key === "ArrowLeft") {
      event.preventDefault();
      // A folded line goes to what it lies in.
      if (!fold(line, false) && line && line.depth > 0) {
        const above = lines.slice(0, focused).findLastIndex((each) => each.depth < line.depth);
        if (above >= 0) move(above, false);
      }
    } else if (inRow && row && event.key === " ") {
      event.preventDefault();
      select(row, false);
    } else if (inRow && row && event.key === "s" && !event.ctrlKey && !event.metaKey) props.onStar(row.run_id);
    else if (inRow && row && event.key === "p" && !event.ctrlKey && !event.metaKey) props.onTopOrNot(row.run_id);
    else if (inRow && row && event.key === "h" && !event.ctrlKey && !event.metaKey) props.onHide(row.run_id);
    else if (inRow && event.key === "Enter") {
      if (row) onOpen(row);
      else if (line?.kind === "group") fold(line, !line.open);
    } else if (event.key === "c" && !event.ctrlKey && !event.metaKey && selected.length > 1) onCompare();
    else if (event.key === "Escape" && selected.length > 0) onSelect([]);
  };

  const nameWidth = widths[NAME_COLUMN] ?? NAME;
  const usual = (id: ColumnId) => widths[id] ?? columnWidth(id, by.length > 0);
  // Texts are cut first, so that they take what room is left, up to what most of them need.
  const isText = (id: ColumnId) => /^(params|tags)\./.test(id) && !(id in widths) && !pinned.includes(id);
  const spare = room - CHECK - nameWidth - columns.reduce((sum, id) => sum + usual(id), 0);
  const more = Math.max(0, Math.min(MOST_MORE, Math.floor(spare / Math.max(1, columns.filter(isText).length))));
  const widthOf = (id: ColumnId) => usual(id) + (isText(id) ? more : 0);
  const lefts = useMemo(() => {
    const found = new Map<ColumnId, number>();
    let left = CHECK + (widths[NAME_COLUMN] ?? NAME);
    for (const id of columns.filter((each) => pinned.includes(each))) {
      found.set(id, left);
      left += widths[id] ?? columnWidth(id, by.length > 0);
    }
    return found;
  }, [columns, pinned, widths, by]);
  const stuck = columns.filter((id) => lefts.has(id));
  const loose = columns.filter((id) => !lefts.has(id));
  const sight = useVisibleColumns(scroller, loose.map(widthOf), CHECK + nameWidth + stuck.reduce((sum, id) => sum + widthOf(id), 0));
  const drawn = useMemo(() => {
    const inPlace = (id: ColumnId, at: number): DrawnColumn => ({ id, index: at + FIRST_COLUMN });
    const seen = columns.map(inPlace);
    const still = seen.filter(({ id }) => lefts.has(id));
    return { still, seen: seen.filter(({ id }) => !lefts.has(id)).slice(sight.from, sight.to) };
  }, [columns, lefts, sight]);
  const px = (id: ColumnId) => `${widthOf(id)}px`;
  const template = [
    `${CHECK}px`,
    `${nameWidth}px`,
    ...stuck.map(px),
    `${sight.before}px`,
    ...drawn.seen.map(({ id }) => px(id)),
    "minmax(0, 1fr)",
  ].join(" ");
  const width = CHECK + nameWidth + columns.reduce((sum, id) => sum + widthOf(id), 0);
  const header = ({ id, index }: DrawnColumn) => (
    <HeaderCell
      key={id}
      id={id}
      index={index}
      order={order}
      columns={columns}
      pinned={pinned}
      width={widthOf(id)}
      left={lefts.get(id)}
      onOrder={onOrder}
      onColumns={props.onColumns}
      onPin={props.onPin}
      onWidth={props.onWidth}
      onGroup={props.onGroup}
      onFilter={props.onFilter}
    />
  );
  const drawnRow = (index: number, top: number) => {
    const row = runAt(index);
    return (
      <RunsTableRow
        // By place, not by run: the row that has the focus keeps it when its run arrives.
        key={index}
        line={lines[index]}
        index={index}
        top={top}
        template={template}
        columns={drawn}
        lefts={lefts}
        by={by}
        isTree={isTree}
        selected={row !== undefined && ticked.has(row.run_id)}
        starred={row !== undefined && stars.has(row.run_id)}
        onTop={row !== undefined && onTop.some((each) => each.run_id === row.run_id)}
        hidden={row !== undefined && hidden.has(row.run_id)}
        colour={row && colours.get(row.run_id)}
        isCurrent={index === focused}
        onSelect={onTick}
        onFocus={setCurrent}
        onStar={props.onStar}
        onTopOrNot={props.onTopOrNot}
        onHide={props.onHide}
        onColour={props.onColour}
        onFold={onFold}
        onClause={props.onClause}
        onDatasets={props.onDatasets}
        onMore={props.onMore}
        onRetry={props.onRetry}
      />
    );
  };
  const allSelected = shown.length > 0 && shown.every((id) => ticked.has(id));
  const isOrderedByName = order?.key === NAME_COLUMN;
  return (
    // The rows take the focus; the grid only hears their keys.
    // oxlint-disable-next-line jsx-a11y/interactive-supports-focus, jsx-a11y/no-static-element-interactions
    <div
      className="runs-table"
      ref={scroller}
      role={isTree ? "treegrid" : "grid"}
      aria-label="Runs"
      aria-rowcount={total + 1}
      aria-colcount={columns.length + 2}
      aria-multiselectable="true"
      // A short table is as high as its rows, the header and the frame, and a scroll bar if one is needed.
      style={{ maxHeight: (total + 1) * ROW + 2 + (width > room ? SCROLL_BAR : 0) }}
      onKeyDown={onKeyDown}
    >
      <div className="runs-header" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template, minWidth: width }}>
        <div role="columnheader" aria-colindex={1} className="runs-cell runs-check" aria-label="Ticked">
          <TickAll label="Tick all rows that are loaded" all={allSelected} some={selected.length > 0} onChange={(tick) => onSelect(tick ? shown : [])} />
        </div>
        <div role="columnheader" aria-colindex={2} className="runs-cell runs-name" aria-sort={isOrderedByName ? (order.ascending ? "ascending" : "descending") : undefined}>
          <button type="button" className="runs-title" onClick={() => onOrder(nextOrder(NAME_COLUMN, order))}>
            <span>{by.length > 0 ? by.map((id) => columnName(id).key).join(", ") : "Run"}</span>
            {isOrderedByName && <Icon name={order.ascending ? "up" : "down"} size={11} />}
          </button>
        </div>
        {drawn.still.map(header)}
        <div role="presentation" />
        {drawn.seen.map(header)}
        {/* Takes the room that is left, so that every row reaches the edge of the table. */}
        <div role="presentation" />
      </div>
      {still > 0 && (
        <div className="runs-still" role="rowgroup" aria-label="Pinned on top" style={{ height: still * ROW, minWidth: width }}>
          {onTop.map((_, index) => drawnRow(index, index * ROW))}
        </div>
      )}
      <div className="runs-body" role="rowgroup" style={{ height: props.total * ROW, minWidth: width }}>
        {Array.from({ length: end - first }, (_, at) => first + at).map((index) => drawnRow(index, (index - still) * ROW))}
      </div>
    </div>
  );
}

/** A group's mean and spread take more room than a run's value. */
function columnWidth(id: ColumnId, grouped: boolean): number {
  const { group, key } = columnName(id);
  if (group === "attributes") return ATTRIBUTE_COLUMNS.find((column) => column.key === key)?.width ?? 120;
  const title = key.length * 6.6 + 36 + (columnBadge(id) ? 30 : 0);
  return Math.round(Math.min(210, Math.max(group === "tags" ? 130 : grouped && isNumeric(id) ? 148 : 88, title)));
}
