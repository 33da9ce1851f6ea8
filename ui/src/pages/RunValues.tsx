import "./RunOverview.css";

import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import type { Metric, Run } from "../api/schema";
import { CopyButton } from "../components/Copy";
import { SearchField } from "../components/Field";
import { KeyText } from "../components/KeyText";
import { RunLink } from "../components/RunLink";
import { ScrollTable } from "../components/ScrollTable";
import { NumberText } from "../components/Values";
import { plainFirst } from "../lib/differences";
import { counted, shortText, toNumber, wholeNumber } from "../lib/numbers";
import { rankOf } from "../lib/ranks";
import { NoValue } from "./NoValue";

/** Above this many rows a table gets a search of its own. */
const SEARCHED_FROM = 12;
/** A longer value is folded. */
const LONGEST_TEXT = 160;

/** The last value of each metric: what the run measured, then what other ranks and its machine did, folded. */
export function RunMetricTables({ run }: { run: Run }) {
  const metrics = run.data?.metrics ?? [];
  const kind = (key: string) => (key.startsWith("system/") ? "system" : rankOf(key).rank > 0 ? "rank" : "own");
  const of = (wanted: string) => metrics.filter((metric) => kind(metric.key) === wanted);
  const about = { runId: run.info.run_id, experimentId: run.info.experiment_id, value: "Last value" };
  const [own, ofRanks, system] = [of("own"), of("rank"), of("system")];
  return (
    <div className="run-values">
      <MetricTable title="Metrics" metrics={own} {...about} />
      <Folded title="Metrics of other ranks" metrics={ofRanks} {...about} />
      <Folded title="System metrics" metrics={system} {...about} />
    </div>
  );
}

/** Metrics with their values, and where others measured them or on which data, that too. */
export function MetricTable({ title, label, metrics, ...about }: MetricRowsProps & { title: string; label?: string }) {
  return (
    <ValueTable title={title} {...(label ? { label } : {})} none="No metric was logged." texts={metrics.map((metric) => metric.key)}>
      {(matches) => <MetricRows metrics={metrics.filter((metric) => matches(metric.key))} {...about} />}
    </ValueTable>
  );
}

function Folded({ title, metrics, ...about }: MetricRowsProps & { title: string }) {
  const [open, setOpen] = useState(false);
  if (metrics.length === 0) return null;
  return (
    <details className="run-fold" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {title} <span className="quiet">{metrics.length}</span>
      </summary>
      {open && <MetricTable title="" label={title} metrics={metrics} {...about} />}
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
        <ScrollTable label={`Table of ${label.toLowerCase()}`} className="run-table">
          {children(matches)}
        </ScrollTable>
      )}
    </section>
  );
}

interface MetricRowsProps {
  metrics: Metric[];
  /** The run whose page this is, or that made what it is about: what others measured names them. */
  runId: string;
  value: string;
  /** The page of a metric's curve, where there is one. */
  experimentId?: string;
}

function MetricRows({ metrics, runId, value, experimentId }: MetricRowsProps) {
  const hasData = metrics.some((metric) => metric.dataset_name);
  const isElsewhere = (metric: Metric) => metric.run_id !== undefined && metric.run_id !== "" && metric.run_id !== runId;
  const elsewhere = metrics.some(isElsewhere);
  return (
    <>
      <thead>
        <tr>
          <th scope="col">Metric</th>
          {hasData && <th scope="col">Dataset</th>}
          {elsewhere && <th scope="col">Run</th>}
          <th scope="col" className="cell-number">
            {value}
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
          .sort((a, b) => plainFirst(a.key, b.key) || toNumber(a.step) - toNumber(b.step))
          .map((metric) => (
            <tr key={`${metric.key} ${metric.dataset_digest ?? ""} ${metric.model_id ?? ""} ${metric.run_id ?? ""} ${metric.step}`}>
              <th scope="row" className="cell-key">
                {experimentId === undefined ? (
                  <KeyText text={metric.key} />
                ) : (
                  <Link to="/experiments/$experimentId/runs/$runId/metrics" params={{ experimentId, runId }} search={{ q: metric.key }}>
                    <KeyText text={metric.key} />
                  </Link>
                )}
              </th>
              {hasData && (
                <td className="cell-wide">
                  {metric.dataset_name ? <span data-hint={`Digest ${metric.dataset_digest ?? "unknown"}`}>{metric.dataset_name}</span> : <NoValue />}
                </td>
              )}
              {elsewhere && <td className="cell-wide">{metric.run_id ? <RunLink runId={metric.run_id} /> : <NoValue />}</td>}
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
    </>
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
        <>
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
        </>
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
