import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

import { IMAGES_TAG } from "../api/runRows";
import { firstRows } from "../api/runs";
import type { RunRow } from "../api/schema";
import { MetricCharts } from "../charts/MetricCharts";
import type { ChartRun } from "../charts/MetricPicture";
import { SeriesChart } from "../charts/SeriesChart";
import { Empty, Failure, Skeleton } from "../components/States";
import { cellText, columnName } from "../lib/columns";
import { withClause } from "../lib/filter";
import { groupTitle } from "../lib/groups";
import { counted } from "../lib/numbers";
import { runColours } from "../lib/palette";
import { useDark } from "../lib/theme";
import type { ChartSearch, ExperimentLook, ImageSearch } from "../lib/viewState";
import StepImages from "./StepImages";
import type { Runs } from "./useRuns";
import { useSearchLink } from "./useSearchLink";

/** More curves than this in one chart cannot be told apart. */
const MOST_RUNS = 20;
const MOST_TICKED = 100;
/** Groups are few curves of many runs. */
const MOST_GROUPED = 200;
const HAS_IMAGES = `tags.\`${IMAGES_TAG}\` = 'True'`;
const NOTHING: string[] = [];

/** The metrics, or the pictures, of the ticked runs, or of the first ones that match when none is ticked; a curve for each group. */
export default function RunsCharts({ runs, search }: { runs: Runs; search: ExperimentLook }) {
  const navigate = useNavigate();
  const dark = useDark();
  const link = useSearchLink();
  const selected = search.runs ?? NOTHING;
  const by = search.group ?? NOTHING;
  const isGrouped = by.length > 0;
  // The table's rows are groups, or only the topmost runs.
  const wantsImages = search.tab === "images" && selected.length === 0;
  const needsOwn = wantsImages || isGrouped || runs.isTree || selected.some((id) => !runs.rows.some((row) => row.run_id === id));
  const most = isGrouped ? MOST_GROUPED : selected.length > 0 ? MOST_TICKED : MOST_RUNS;
  const question = useMemo(() => (wantsImages ? { ...runs.question, filter: withClause(runs.question.filter, HAS_IMAGES) } : runs.question), [runs.question, wantsImages]);
  const own = useQuery({ ...firstRows(question, selected, by, most), enabled: needsOwn && !runs.isPending });
  const rows = useMemo(() => {
    if (needsOwn) return own.data?.rows ?? [];
    const ticked = runs.rows.filter((row) => selected.includes(row.run_id));
    return (ticked.length > 0 ? ticked : runs.rows).slice(0, most);
  }, [needsOwn, own.data, runs.rows, selected, most]);
  const drawn = useMemo(() => chartRuns(rows, by, dark), [rows, by, dark]);
  const keys = useMemo(() => (runs.known?.metrics ?? []).map((column) => column.key), [runs.known]);
  const onSearch = useCallback(
    (change: ChartSearch & ImageSearch) => void navigate({ to: ".", search: (old: object) => ({ ...old, ...change }), replace: true }),
    [navigate],
  );
  if (own.error && !own.data) return <Failure error={own.error} what="read the runs" onRetry={() => void own.refetch()} />;
  if (runs.isPending || (needsOwn && own.isPending)) return <Skeleton lines={5} />;
  if (search.tab === "images") return <StepImages runs={drawn} search={search} onSearch={onSearch} />;
  if (rows.length === 0 || keys.length === 0) return <Empty icon="chart" title={rows.length === 0 ? "No run to draw" : "No metric was logged yet"} />;
  const total = needsOwn ? (own.data?.total ?? 0) : (runs.total ?? 0);
  return (
    <div className="experiment-charts">
      {isGrouped && <Groups runs={drawn} />}
      {selected.length === 0 && total > rows.length && (
        <p className="quiet">
          The first {counted(rows.length, "run")} of {total.toLocaleString("en-US")} are drawn. Tick runs in the table to choose others.
        </p>
      )}
      <MetricCharts
        keys={keys}
        runs={drawn}
        search={search}
        onSearch={onSearch}
        link={link}
        chart={(metric) => <SeriesChart metrics={[metric]} runs={drawn} search={search} />}
      />
    </div>
  );
}

function chartRuns(rows: RunRow[], by: string[], dark: boolean): ChartRun[] {
  const groupOf = (row: RunRow) => (by.length > 0 ? groupTitle(by, by.map((id) => valueOf(row, id))) : undefined);
  const colours = runColours(rows.map((row) => groupOf(row) ?? row.run_id).filter(isFirst), dark);
  return rows.map((row) => {
    const group = groupOf(row);
    return {
      id: row.run_id,
      name: row.run_name || row.run_id,
      colour: colours.get(group ?? row.run_id) ?? "",
      live: row.status === "RUNNING",
      ...(group === undefined ? {} : { group }),
    };
  });
}

function valueOf(row: RunRow, id: string): string | null {
  const { group, key } = columnName(id);
  if (group === "params" || group === "tags") return row[group][key] ?? null;
  return key === "user_id" ? row.user_id : cellText(row, id);
}

function isFirst(text: string, at: number, all: string[]): boolean {
  return all.indexOf(text) === at;
}

/** Which colour is which group, and of how many runs. */
function Groups({ runs }: { runs: ChartRun[] }) {
  const groups = new Map<string, { colour: string; runs: number }>();
  for (const { group = "", colour } of runs) groups.set(group, { colour, runs: (groups.get(group)?.runs ?? 0) + 1 });
  return (
    <ul className="chart-groups" aria-label="Groups">
      {[...groups].map(([title, group]) => (
        <li key={title}>
          <i className="run-dot" style={{ background: group.colour }} aria-hidden="true" />
          {title} <span className="quiet">{counted(group.runs, "run")}</span>
        </li>
      ))}
    </ul>
  );
}
