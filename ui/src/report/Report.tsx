import "../components/PageHead.css";
import "./Report.css";

import { type ReactNode, useMemo, useState } from "react";

import type { Points } from "../lib/points";
import { pointsOf } from "../lib/points";
import type { RunRow } from "../api/schema";
import { MetricCharts } from "../charts/MetricCharts";
import type { ChartRun } from "../charts/MetricPicture";
import { Choice } from "../components/Field";
import { plainFirst } from "../lib/differences";
import { counted, toNumber } from "../lib/numbers";
import { rowColours } from "../lib/palette";
import type { ReportData } from "../lib/report";
import { safeHref } from "../lib/safeLinks";
import { chooseTheme, useDark } from "../lib/theme";
import { absoluteTime } from "../lib/time";
import type { ChartSearch } from "../lib/viewState";
import { CompareTable } from "../pages/CompareTable";
import { ReportChart } from "./ReportChart";
import { ReportDetails } from "./ReportDetails";
import { ReportTable } from "./ReportTable";

type Layout = "rows" | "columns";

/** More curves than this in one chart cannot be told apart. */
const MOST_CURVES = 20;
/** More columns than this are not read side by side. */
const SIDE_BY_SIDE = 6;

/** Runs and their curves, as they were when this was saved. Nothing is fetched. */
export function Report({ data }: { data: ReportData }) {
  const dark = useDark();
  const [layout, setLayout] = useState<Layout>(data.rows.length <= SIDE_BY_SIDE ? "columns" : "rows");
  const [onlyDifferences, setOnlyDifferences] = useState(false);
  const [ticked, setTicked] = useState<string[]>([]);
  const [order, setOrder] = useState<string[]>(() => data.rows.map((row) => row.run_id));
  const [search, setSearch] = useState<ChartSearch>({});
  const colours = useMemo(() => rowColours(data.rows, dark), [data.rows, dark]);
  const series = useMemo(() => histories(data), [data]);
  const keys = useMemo(() => [...new Set(data.rows.flatMap((row) => Object.keys(row.metrics)))].sort(plainFirst), [data.rows]);
  const drawn = useMemo<ChartRun[]>(() => {
    const byId = new Map(data.rows.map((row) => [row.run_id, row]));
    const ids = ticked.length > 0 ? order.filter((id) => ticked.includes(id)) : order;
    return ids.slice(0, MOST_CURVES).map((id) => ({ id, name: byId.get(id)?.run_name || id, colour: colours.get(id) ?? "", live: false }));
  }, [data.rows, ticked, order, colours]);
  const link = (run: RunRow, name: string): ReactNode => {
    const href = data.page === "" ? null : safeHref(`${data.page}/#/experiments/${encodeURIComponent(run.experiment_id)}/runs/${encodeURIComponent(run.run_id)}`);
    return href ? (
      <a href={href} target="_blank" rel="noreferrer" data-hint={run.run_id}>
        {name}
      </a>
    ) : (
      <span data-hint={run.run_id}>{name}</span>
    );
  };
  const names = Object.values(data.experiments);
  return (
    <main className="page report">
      <header className="report-head">
        <h1>{data.title}</h1>
        <p className="quiet">
          {counted(data.rows.length, "run")}
          {data.total > data.rows.length && ` of ${data.total.toLocaleString("en-US")} that match`}
          {names.length > 0 && ` of ${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""}`}, read from {data.source},{" "}
          <time dateTime={new Date(data.made).toISOString()}>{absoluteTime(data.made)}</time>
        </p>
        <div className="report-choices">
          <Choice<Layout>
            label="Layout of the table"
            value={layout}
            choices={[
              { value: "rows", text: "A row each" },
              { value: "columns", text: "Side by side" },
            ]}
            onChange={setLayout}
          />
          <Choice<"light" | "dark">
            label="Theme"
            value={dark ? "dark" : "light"}
            choices={[
              { value: "light", text: "Light" },
              { value: "dark", text: "Dark" },
            ]}
            onChange={chooseTheme}
          />
        </div>
      </header>
      {layout === "columns" ? (
        <CompareTable
          runs={data.rows}
          colours={data.rows.map((row) => colours.get(row.run_id) ?? "")}
          onlyDifferences={onlyDifferences}
          onOnlyDifferences={setOnlyDifferences}
          base={search.minus}
          onBase={(minus) => setSearch((old) => ({ ...old, minus }))}
          link={link}
        />
      ) : (
        <ReportTable
          data={data}
          colours={colours}
          ticked={ticked}
          onlyDifferences={onlyDifferences}
          onOnlyDifferences={setOnlyDifferences}
          onTick={setTicked}
          onOrder={setOrder}
          link={link}
        />
      )}
      {keys.length > 0 && (
        <div className="section">
          <div className="section-head">
            <h2>Metrics</h2>
            {data.rows.length > drawn.length && (
              <span className="quiet">
                {ticked.length > 0 ? `${counted(drawn.length, "ticked run")} drawn` : `the first ${counted(drawn.length, "run")} of the table; tick others to draw them`}
              </span>
            )}
          </div>
          <MetricCharts
            keys={keys}
            runs={drawn}
            search={search}
            onSearch={(change) => setSearch((old) => ({ ...old, ...change }))}
            chart={(metric) => <ReportChart metric={metric} runs={drawn} series={series} search={search} />}
          />
        </div>
      )}
      <ReportDetails data={data} link={link} />
    </main>
  );
}

/** Every history by its metric; a metric that was logged once is a single point. */
function histories(data: ReportData): Map<string, Points[]> {
  const found = new Map<string, Points[]>();
  const add = (points: Points) => found.set(points.key, [...(found.get(points.key) ?? []), points]);
  const known = new Set(data.series.map((each) => `${each.run_id} ${each.key}`));
  for (const each of data.series) add(pointsOf(each));
  for (const row of data.rows) {
    for (const [key, value] of Object.entries(row.metrics)) {
      if (known.has(`${row.run_id} ${key}`)) continue;
      add({
        runId: row.run_id,
        key,
        branch: "",
        count: 1,
        steps: Float64Array.of(0),
        timestamps: Float64Array.of(toNumber(row.start_time)),
        values: Float64Array.of(toNumber(value)),
      });
    }
  }
  return found;
}
