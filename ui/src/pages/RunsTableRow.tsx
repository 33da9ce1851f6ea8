import { Link } from "@tanstack/react-router";
import { memo, type MouseEvent } from "react";

import type { RunRow } from "../api/schema";
import { DurationText, NumberText, ParamText, RunStatusText, TimeText } from "../components/Values";
import { type ColumnId, columnName } from "../lib/columns";
import { fileName } from "../lib/files";

interface RunsTableRowProps {
  /** undefined while it is being fetched */
  row: RunRow | undefined;
  index: number;
  top: number;
  template: string;
  columns: ColumnId[];
  selected: boolean;
  colour: string | undefined;
  isCurrent: boolean;
  onSelect: (row: RunRow, shift: boolean) => void;
  onFocus: (index: number) => void;
}

function Row({ row, index, top, template, columns, selected, colour, isCurrent, onSelect, onFocus }: RunsTableRowProps) {
  const place = { gridTemplateColumns: template, transform: `translateY(${top}px)` };
  // Tab goes into one row only; the arrow keys choose which.
  const tabIndex = isCurrent ? 0 : -1;
  if (!row) {
    return (
      <div role="row" aria-rowindex={index + 2} aria-busy="true" className="runs-row" style={place} data-index={index} tabIndex={tabIndex}>
        <div role="gridcell" className="runs-cell runs-check" />
        <div role="gridcell" className="runs-cell runs-name">
          <span className="skeleton-bar runs-bar" />
        </div>
        {columns.map((id) => (
          <div role="gridcell" key={id} className="runs-cell">
            <span className="skeleton-bar runs-bar" />
          </div>
        ))}
        <div role="presentation" />
      </div>
    );
  }
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      className="runs-row"
      style={place}
      data-index={index}
      tabIndex={tabIndex}
      onFocus={() => onFocus(index)}
    >
      <div role="gridcell" className="runs-cell runs-check">
        <input
          type="checkbox"
          aria-label={`Tick ${row.run_name || row.run_id}`}
          checked={selected}
          tabIndex={tabIndex}
          onChange={() => {}}
          onClick={(event: MouseEvent) => onSelect(row, event.shiftKey)}
        />
      </div>
      <div role="gridcell" className="runs-cell runs-name">
        <i className="run-dot" style={{ background: colour ?? "transparent" }} aria-hidden="true" />
        <Link
          to="/experiments/$experimentId/runs/$runId"
          params={{ experimentId: row.experiment_id, runId: row.run_id }}
          tabIndex={tabIndex}
          className="runs-link"
          preload={false}
        >
          {row.run_name || row.run_id}
        </Link>
        {row.tags["mlflow.parentRunId"] && <span className="badge">child</span>}
      </div>
      {columns.map((id) => (
        <div role="gridcell" key={id} className={id.startsWith("metrics.") ? "runs-cell runs-number" : "runs-cell"}>
          <Cell row={row} id={id} tabIndex={tabIndex} />
        </div>
      ))}
      <div role="presentation" />
    </div>
  );
}

/** Scrolling moves rows but changes none of them. */
export const RunsTableRow = memo(Row);

function Cell({ row, id, tabIndex }: { row: RunRow; id: ColumnId; tabIndex: number }) {
  const { group, key } = columnName(id);
  switch (group) {
    case "metrics":
      return row.metrics[key] === undefined ? <None /> : <NumberText value={row.metrics[key]} />;
    case "params":
      return row.params[key] === undefined ? <None /> : <ParamText value={row.params[key]} />;
    case "tags":
      return row.tags[key] === undefined ? <None /> : <Text text={row.tags[key]} />;
    case "attributes":
      return <Attribute row={row} name={key} tabIndex={tabIndex} />;
  }
}

function Attribute({ row, name, tabIndex }: { row: RunRow; name: string; tabIndex: number }) {
  switch (name) {
    case "status":
      return <RunStatusText status={row.status} />;
    case "created":
      return <TimeText value={row.start_time} />;
    case "duration":
      return <DurationText start={row.start_time} end={row.end_time} />;
    case "user":
      return <Text text={row.user_id} />;
    case "run_id":
      return <code className="runs-text">{row.run_id}</code>;
    case "source":
      return <Text text={fileName(row.tags["mlflow.source.name"] ?? "")} hint={row.tags["mlflow.source.name"]} />;
    case "dataset":
      return <Text text={row.datasets.map(({ name: dataset, digest }) => `${dataset} (${digest})`).join(", ")} />;
    case "model":
      return <Models row={row} tabIndex={tabIndex} />;
    default:
      return <None />;
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

function Text({ text, hint }: { text: string; hint?: string | undefined }) {
  if (!text) return <None />;
  return (
    <span className="runs-text" data-hint={hint ?? (text.length > 14 ? text : undefined)} data-whole={hint ?? text}>
      {text}
    </span>
  );
}

function None() {
  return (
    <span className="quiet" aria-label="no value">
      –
    </span>
  );
}
