import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, memo, type MouseEvent, type ReactNode, Suspense } from "react";

import { experiment as experimentQuery } from "../api/experiments";
import type { RunRow } from "../api/schema";
import { IconButton } from "../components/Button";
import { Icon } from "../components/Icon";
import { LongName, longNameHint } from "../components/LongName";
import { messageOf } from "../components/States";
import { DurationText, NumberText, ParamText, RunStatusText, TimeText } from "../components/Values";
import { type ColumnId, columnName, datasetText, isNumeric, numberOf } from "../lib/columns";
import { fileName } from "../lib/paths";
import { groupTitle } from "../lib/groups";
import { counted } from "../lib/numbers";
import type { TableLine } from "../lib/runTree";
import { NoValue } from "./NoValue";

const GroupCell = lazy(() => import("./GroupCell"));

/** A column and its place in the table, from 1. */
export interface DrawnColumn {
  id: ColumnId;
  index: number;
}

/** The columns that stay in sight, and those in view of the others, which begin after a gap. */
export interface DrawnColumns {
  still: DrawnColumn[];
  seen: DrawnColumn[];
}

interface RunsTableRowProps {
  /** undefined while it is being fetched */
  line: TableLine | undefined;
  index: number;
  top: number;
  template: string;
  columns: DrawnColumns;
  /** How far from the left edge the columns stand that stay in sight. */
  lefts: Map<ColumnId, number>;
  by: ColumnId[];
  isTree: boolean;
  selected: boolean;
  starred: boolean;
  /** Whether the run stays on top of the table, and whether no chart draws it. */
  onTop: boolean;
  hidden: boolean;
  colour: string | undefined;
  isCurrent: boolean;
  onSelect: (row: RunRow, shift: boolean) => void;
  onFocus: (index: number) => void;
  onStar: (id: string) => void;
  onTopOrNot: (id: string) => void;
  onHide: (id: string) => void;
  onColour: (row: RunRow) => void;
  onFold: (id: string, open: boolean) => void;
  onClause: (column: ColumnId, value: string) => void;
  onDatasets: (row: RunRow) => void;
  onMore: (branch: string) => void;
  onRetry: () => void;
}

const INDENT = 16;

function Row(props: RunsTableRowProps) {
  const { line, index, top, template, columns, lefts, isTree, selected, isCurrent, onFocus } = props;
  const place = { gridTemplateColumns: template, transform: `translateY(${top}px)` };
  // Tab goes into one row only; the arrow keys choose which.
  const tabIndex = isCurrent ? 0 : -1;
  const isWaiting = !line || line.kind === "waiting";
  const cellClass = (id: ColumnId) => `runs-cell${isNumeric(id) ? " runs-number" : ""}${lefts.has(id) ? " runs-pinned" : ""}`;
  const cellStyle = (id: ColumnId) => (lefts.has(id) ? { left: lefts.get(id) } : undefined);
  const cells = (content: (id: ColumnId) => ReactNode) => {
    const cell = ({ id, index: column }: DrawnColumn) => (
      <div role="gridcell" aria-colindex={column} key={id} className={cellClass(id)} style={cellStyle(id)}>
        {content(id)}
      </div>
    );
    return (
      <>
        {columns.still.map(cell)}
        <div role="presentation" />
        {columns.seen.map(cell)}
      </>
    );
  };
  const about = {
    role: "row",
    "aria-rowindex": index + 2,
    "data-index": index,
    tabIndex,
    style: place,
    onFocus: () => onFocus(index),
    ...(isTree && line ? { "aria-level": line.depth + 1 } : {}),
    ...(line && "open" in line && line.open !== null ? { "aria-expanded": line.open } : {}),
  };
  if (isWaiting) {
    return (
      <div {...about} aria-busy="true" className="runs-row">
        <div role="gridcell" aria-colindex={1} className="runs-cell runs-check" />
        <div role="gridcell" aria-colindex={2} className="runs-cell runs-name" style={indent(line?.depth ?? 0, isTree)}>
          <span className="skeleton-bar runs-bar" />
        </div>
        {cells(() => (
          <span className="skeleton-bar runs-bar" />
        ))}
        <div role="presentation" />
      </div>
    );
  }
  if (line.kind === "more" || line.kind === "failed") {
    return (
      <div {...about} className="runs-row">
        <div role="gridcell" aria-colindex={1} className="runs-cell runs-check" />
        <div role="gridcell" aria-colindex={2} className="runs-cell runs-note" style={{ gridColumn: "2 / -1", ...indent(line.depth, isTree) }}>
          {line.kind === "more" ? (
            <button type="button" className="link-button" tabIndex={tabIndex} onClick={() => props.onMore(line.branch)}>
              {counted(line.count, "more run")}: show them all by a filter
            </button>
          ) : (
            <>
              <span className="runs-problem">Could not read these runs. {messageOf(line.error)}</span>
              <button type="button" className="link-button" tabIndex={tabIndex} onClick={props.onRetry}>
                Retry
              </button>
            </>
          )}
        </div>
      </div>
    );
  }
  if (line.kind === "group") {
    return (
      <div {...about} className="runs-row runs-group">
        <div role="gridcell" aria-colindex={1} className="runs-cell runs-check" />
        <div role="gridcell" aria-colindex={2} className="runs-cell runs-name" style={indent(line.depth, isTree)}>
          <Fold id={line.id} open={line.open} label={groupTitle(props.by, line.group.values)} onFold={props.onFold} />
          <span className="runs-text" data-hint={groupTitle(props.by, line.group.values)}>
            {line.group.values.map((value) => value ?? "–").join(", ")}
          </span>
          <span className="badge runs-count">{counted(line.group.runs, "run")}</span>
        </div>
        {cells((id) => (
          <Suspense>
            <GroupCell group={line.group} id={id} />
          </Suspense>
        ))}
        <div role="presentation" />
      </div>
    );
  }
  const { row } = line;
  const name = row.run_name || row.run_id;
  return (
    <div {...about} aria-selected={selected} className="runs-row">
      <div role="gridcell" aria-colindex={1} className="runs-cell runs-check">
        <input
          type="checkbox"
          aria-label={`Tick ${name}`}
          checked={selected}
          tabIndex={tabIndex}
          onChange={() => {}}
          onClick={(event: MouseEvent) => props.onSelect(row, event.shiftKey)}
        />
      </div>
      <div role="gridcell" aria-colindex={2} className="runs-cell runs-name" style={indent(line.depth, isTree)}>
        {line.open === null ? isTree && <span className="runs-fold" /> : <Fold id={row.run_id} open={line.open} label={name} onFold={props.onFold} />}
        <button type="button" className="runs-dot" aria-label={`Colour of ${name}`} tabIndex={tabIndex} onClick={() => props.onColour(row)}>
          <i className={props.hidden ? "run-dot run-dot-hidden" : "run-dot"} style={{ [props.hidden ? "color" : "background"]: props.colour ?? "transparent" }} aria-hidden="true" />
        </button>
        <Link
          to="/experiments/$experimentId/runs/$runId"
          params={{ experimentId: row.experiment_id, runId: row.run_id }}
          tabIndex={tabIndex}
          className="runs-link"
          preload={false}
          aria-label={name}
          data-hint={longNameHint(name)}
        >
          <LongName name={name} />
        </Link>
        {line.open !== null && <span className="badge runs-count" data-hint={counted(row.children ?? 0, "child run")}>{row.children}</span>}
        {row.tags["mlflow.parentRunId"] && line.depth === 0 && <span className="badge">child</span>}
        <span className="runs-marked" aria-hidden="true">
          {props.hidden && <Icon name="hidden" size={14} />}
          {props.onTop && <Icon name="pin" size={14} />}
          {props.starred && (
            <span className="runs-starred">
              <Icon name="star" size={14} />
            </span>
          )}
        </span>
        <span className="runs-marks">
          <Mark icon="hidden" label={`Hide ${name} in charts`} on={props.hidden} tabIndex={tabIndex} onClick={() => props.onHide(row.run_id)} />
          <Mark icon="pin" label={`Pin ${name} on top`} on={props.onTop} tabIndex={tabIndex} onClick={() => props.onTopOrNot(row.run_id)} />
          <Mark icon="star" label={`Star ${name}`} on={props.starred} tabIndex={tabIndex} onClick={() => props.onStar(row.run_id)} />
        </span>
      </div>
      {cells((id) => (
        <>
          <Cell row={row} id={id} tabIndex={tabIndex} onDatasets={props.onDatasets} />
          <FilterByValue row={row} id={id} onClause={props.onClause} />
        </>
      ))}
      <div role="presentation" />
    </div>
  );
}

/** Scrolling moves rows but changes none of them. */
export const RunsTableRow = memo(Row);

interface MarkProps {
  icon: "hidden" | "pin" | "star";
  label: string;
  on: boolean;
  tabIndex: number;
  onClick: () => void;
}

function Mark({ icon, label, on, tabIndex, onClick }: MarkProps) {
  return (
    <button type="button" className="runs-mark" data-mark={icon} aria-label={label} data-hint={label} aria-pressed={on} tabIndex={tabIndex} onClick={onClick}>
      <Icon name={icon} size={14} />
    </button>
  );
}

function indent(depth: number, isTree: boolean) {
  return isTree && depth > 0 ? { paddingLeft: `calc(0.3rem + ${Math.min(depth, 12) * INDENT}px)` } : undefined;
}

function Fold({ id, open, label, onFold }: { id: string; open: boolean; label: string; onFold: (id: string, open: boolean) => void }) {
  return (
    <button type="button" className="runs-fold" aria-label={`${open ? "Fold" : "Unfold"} ${label}`} tabIndex={-1} onClick={() => onFold(id, !open)}>
      <Icon name={open ? "down" : "right"} size={13} />
    </button>
  );
}

/** Appears over a value that a filter can name. With the keyboard the filter itself completes values. */
function FilterByValue({ row, id, onClause }: { row: RunRow; id: ColumnId; onClause: (column: ColumnId, value: string) => void }) {
  const { group, key } = columnName(id);
  const found =
    group === "params" ? row.params[key] : group === "tags" ? row.tags[key] : id === "attributes.status" ? row.status : id === "attributes.user" ? row.user_id : undefined;
  if (found === undefined || found === "") return null;
  const column = id === "attributes.user" ? "attributes.user_id" : id;
  return (
    <IconButton
      icon="filter"
      size={12}
      label="Only runs with this value"
      className="runs-by-value"
      tabIndex={-1}
      onClick={() => onClause(column, found)}
    />
  );
}

interface CellProps {
  row: RunRow;
  id: ColumnId;
  tabIndex: number;
  onDatasets: (row: RunRow) => void;
}

function Cell({ row, id, tabIndex, onDatasets }: CellProps) {
  const { group, key } = columnName(id);
  switch (group) {
    case "metrics":
    case "minimum":
    case "maximum": {
      const value = numberOf(row, id);
      return value === undefined ? <NoValue /> : <NumberText value={value} />;
    }
    case "params":
      return row.params[key] === undefined ? <NoValue /> : <ParamText value={row.params[key]} />;
    case "tags":
      return row.tags[key] === undefined ? <NoValue /> : <Text text={row.tags[key]} />;
    case "attributes":
      return <Attribute row={row} name={key} tabIndex={tabIndex} onDatasets={onDatasets} />;
  }
}

function Attribute({ row, name, tabIndex, onDatasets }: Omit<CellProps, "id"> & { name: string }) {
  switch (name) {
    case "experiment":
      return <ExperimentName id={row.experiment_id} />;
    case "status":
      return <RunStatusText status={row.status} lost={row.lost} />;
    case "created":
      return <TimeText value={row.start_time} />;
    case "duration":
      return <DurationText start={row.start_time} end={row.end_time} brief />;
    case "user":
      return <Text text={row.user_id} />;
    case "run_id":
      return <code className="runs-text">{row.run_id}</code>;
    case "source":
      return <Text text={fileName(row.tags["mlflow.source.name"] ?? "")} hint={row.tags["mlflow.source.name"]} />;
    case "dataset":
      return row.datasets.length === 0 ? (
        <NoValue />
      ) : (
        <button type="button" className="badge badge-button" tabIndex={tabIndex} data-hint={datasetText(row)} onClick={() => onDatasets(row)}>
          <span>{row.datasets.map((dataset) => dataset.name).join(", ")}</span>
        </button>
      );
    case "model":
      return <Models row={row} tabIndex={tabIndex} />;
    default:
      return <NoValue />;
  }
}

/** The registered versions of a run; where there are none, the models that it logged. */
function Models({ row, tabIndex }: { row: RunRow; tabIndex: number }) {
  if (row.versions.length > 0) {
    return row.versions.map(({ name, version }) => (
      <Link
        key={`${name} ${version}`}
        to="/models/$name/versions/$version"
        params={{ name, version }}
        className="badge badge-accent"
        tabIndex={tabIndex}
        preload={false}
        data-hint={`${name}, version ${version}`}
      >
        <span>{name}</span> v{version}
      </Link>
    ));
  }
  return row.models.map(({ model_id: modelId, name }) => (
    <Link
      key={modelId}
      to="/experiments/$experimentId/models/$modelId"
      params={{ experimentId: row.experiment_id, modelId }}
      className="badge"
      tabIndex={tabIndex}
      preload={false}
    >
      <span>{name}</span>
    </Link>
  ));
}

function ExperimentName({ id }: { id: string }) {
  const { data } = useQuery(experimentQuery(id));
  return <Text text={data?.name ?? id} />;
}

function Text({ text, hint }: { text: string; hint?: string | undefined }) {
  if (!text) return <NoValue />;
  return (
    <span className="runs-text" data-hint={hint ?? (text.length > 14 ? text : undefined)} data-whole={hint ?? text}>
      {text}
    </span>
  );
}
