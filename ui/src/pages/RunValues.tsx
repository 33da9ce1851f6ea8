import "../components/Table.css";
import "./RunOverview.css";

import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import type { Metric, Run } from "../api/schema";
import { CopyButton } from "../components/Copy";
import { SearchField } from "../components/Field";
import { KeyText } from "../components/KeyText";
import { NumberText } from "../components/Values";
import { plainFirst } from "../lib/differences";
import { counted, shortText, toNumber, wholeNumber } from "../lib/numbers";
import { rankOf } from "../lib/ranks";

/** Above this many rows a table gets a search of its own. */
const SEARCHED_FROM = 12;
/** A longer value is folded. */
const LONGEST_TEXT = 160;

/** The last value of each metric: what the run measured, then what other ranks and its machine did, folded. */
export function RunMetricTables({ run }: { run: Run }) {
  const metrics = run.data?.metrics ?? [];
  const kind = (key: string) => (key.startsWith("system/") ? "system" : rankOf(key).rank > 0 ? "rank" : "own");
  const of = (wanted: string) => metrics.filter((metric) => kind(metric.key) === wanted);
  const [own, ofRanks, system] = [of("own"), of("rank"), of("system")];
  return (
    <div className="run-values">
      <ValueTable title="Metrics" none="No metric was logged." texts={own.map((metric) => metric.key)}>
        {(matches) => <MetricRows run={run} metrics={own.filter((metric) => matches(metric.key))} />}
      </ValueTable>
      <Folded title="Metrics of other ranks" run={run} metrics={ofRanks} />
      <Folded title="System metrics" run={run} metrics={system} />
    </div>
  );
}

function Folded({ title, run, metrics }: { title: string; run: Run; metrics: Metric[] }) {
  const [open, setOpen] = useState(false);
  if (metrics.length === 0) return null;
  return (
    <details className="run-fold" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {title} <span className="quiet">{metrics.length}</span>
      </summary>
      {open && (
        <ValueTable title="" label={title} none="" texts={metrics.map((metric) => metric.key)}>
          {(matches) => <MetricRows run={run} metrics={metrics.filter((metric) => matches(metric.key))} />}
        </ValueTable>
      )}
    </details>
  );
}

interface ValueTableProps {
  title: string;
  /** What it is called where it has no title of its own. */
  label?: string;
  none: string;
  /** What is searched of each row. */
  texts: string[];
  children: (matches: (text: string) => boolean) => ReactNode;
}

function ValueTable({ title, label = title, none, texts, children }: ValueTableProps) {
  const [text, setText] = useState("");
  const matches = (row: string) => row.toLowerCase().includes(text.toLowerCase());
  const hasSearch = texts.length >= SEARCHED_FROM;
  const found = texts.filter(matches).length;
  return (
    <section className="section">
      {(title || hasSearch) && (
        <div className="section-head">
          {title && <h2>{title}</h2>}
          {title && <span className="quiet">{text ? `${found} of ${texts.length}` : texts.length}</span>}
          {hasSearch && (
            <div className="section-end">
              <SearchField label={`Search the ${label.toLowerCase()}`} value={text} onChange={setText} />
            </div>
          )}
        </div>
      )}
      {texts.length === 0 ? (
        <p className="quiet">{none}</p>
      ) : found === 0 ? (
        <p className="quiet">Nothing here is called “{text}”.</p>
      ) : (
        // A region that scrolls must be reachable without a mouse.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className="table-wrap run-table" tabIndex={0} role="region" aria-label={`Table of ${label.toLowerCase()}`}>
          {children(matches)}
        </div>
      )}
    </section>
  );
}

function MetricRows({ run, metrics }: { run: Run; metrics: Metric[] }) {
  return (
    <table className="table table-rows">
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col" className="cell-number">
            Last value
          </th>
          <th scope="col" className="cell-number">
            Step
          </th>
          <th scope="col">
            <span className="visually-hidden">Copy</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {[...metrics]
          .sort((a, b) => plainFirst(a.key, b.key))
          .map((metric) => (
            <tr key={`${metric.key} ${metric.dataset_digest ?? ""} ${metric.model_id ?? ""}`}>
              <th scope="row" className="cell-key">
                <Link
                  to="/experiments/$experimentId/runs/$runId/metrics"
                  params={{ experimentId: run.info.experiment_id, runId: run.info.run_id }}
                  search={{ q: metric.key }}
                >
                  <KeyText text={metric.key} />
                </Link>
                {metric.dataset_name && <span className="badge metric-dataset">{metric.dataset_name}</span>}
              </th>
              <td className="cell-number">
                <NumberText value={metric.value} />
              </td>
              <td className="cell-number quiet">{stepOf(metric)}</td>
              <td className="cell-tight cell-copy">
                <CopyButton text={wholeNumber(toNumber(metric.value))} label={`Copy the value of ${metric.key}`} />
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function stepOf(metric: Metric): string {
  const step = toNumber(metric.step ?? 0);
  return Number.isFinite(step) ? step.toLocaleString("en-US") : "";
}

export function ParamTable({ params, title = "Parameters" }: { params: { key: string; value: string }[]; title?: string }) {
  const sorted = [...params].sort((a, b) => plainFirst(a.key, b.key));
  const textOf = (param: { key: string; value: string }) => `${param.key} ${param.value}`;
  return (
    <ValueTable title={title} none="No parameter was logged." texts={sorted.map(textOf)}>
      {(matches) => (
        <table className="table table-rows">
          <thead>
            <tr>
              <th scope="col">Parameter</th>
              <th scope="col">Value</th>
              <th scope="col">
                <span className="visually-hidden">Copy</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted
              .filter((param) => matches(textOf(param)))
              .map((param) => (
                <tr key={param.key}>
                  <th scope="row" className="cell-key">
                    <KeyText text={param.key} />
                  </th>
                  <td className="cell-wide">
                    <ParamValue value={param.value} />
                  </td>
                  <td className="cell-tight cell-copy">
                    <CopyButton text={param.value} label={`Copy the value of ${param.key}`} />
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      )}
    </ValueTable>
  );
}

function ParamValue({ value }: { value: string }) {
  const [all, setAll] = useState(false);
  if (value === "") return <i className="quiet">empty</i>;
  const isLong = value.length > LONGEST_TEXT;
  return (
    <>
      <span className="number" data-whole={value} data-hint={value.length <= LONGEST_TEXT && shortText(value) !== value ? value : undefined}>
        {isLong && !all ? `${value.slice(0, LONGEST_TEXT)}…` : isLong ? value : shortText(value)}
      </span>
      {isLong && (
        <button type="button" className="param-fold" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "Show less" : `Show all of it, ${counted(value.length, "character")}`}
        </button>
      )}
    </>
  );
}
