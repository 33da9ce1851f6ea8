import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";

import { useEvery } from "../api/live";
import { columnsOfRuns, freshRows, IMAGES_TAG, runColumns } from "../api/runRows";
import { firstRows } from "../api/runs";
import type { RunRow } from "../api/schema";
import type { PlotData } from "../cards/PlotData";
import { MetricCharts } from "../charts/MetricCharts";
import type { ChartRun } from "../charts/MetricPicture";
import { SeriesChart } from "../charts/SeriesChart";
import { Button } from "../components/Button";
import { Empty, Failure, Skeleton } from "../components/States";
import { type Card, CARD_KINDS, cardsOf } from "../lib/cards";
import { cellText, columnName } from "../lib/columns";
import { withClause } from "../lib/filter";
import { mostDrawn } from "../lib/drawnRuns";
import { groupTitle } from "../lib/groups";
import { counted } from "../lib/numbers";
import { coloursApart, eachOnce, rowColours } from "../lib/palette";
import { neededColumns, plottablesOf } from "../lib/plots";
import { useDark } from "../lib/theme";
import type { ChartSearch, ExperimentLook, ExperimentSearch, ImageSearch } from "../lib/viewState";
import { HowMany } from "./HowMany";
import NoRuns, { NoMetrics } from "./NoRuns";
import StepImages from "./StepImages";
import { RunsKey } from "./RunsKey";
import type { Runs } from "./useRuns";
import { useSearchLink } from "./useSearchLink";

const CardView = lazy(() => import("../cards/CardView"));

/** The pictures of more runs are not looked at side by side. */
const MOST_PICTURED = 20;
/** Plots of single values hold as many runs as are read at once. */
const MOST_PLOTTED = 1000;
const MOST_LOOKED_AT = 200;
const SAMPLE = 20;
const HAS_IMAGES = `tags.\`${IMAGES_TAG}\` = 'True'`;
const NOTHING: string[] = [];

/** The metrics, or the pictures, of the ticked runs, or of the first ones that match when none is ticked; a curve for each group. */
export default function RunsCharts({ runs, name, search }: { runs: Runs; name: string; search: ExperimentLook }) {
  const navigate = useNavigate();
  const dark = useDark();
  const link = useSearchLink();
  const selected = search.runs ?? NOTHING;
  const by = search.group ?? NOTHING;
  const isGrouped = by.length > 0;
  // The table's rows are groups, or only the topmost runs.
  const wantsImages = search.tab === "images" && selected.length === 0;
  const { most, usual } = mostDrawn(search.most, isGrouped, selected.length > 0);
  const isShort = runs.rows.length < Math.min(most, runs.total ?? 0);
  const needsOwn = wantsImages || isGrouped || runs.isTree || (selected.length > 0 ? selected.some((id) => !runs.rows.some((row) => row.run_id === id)) : isShort);
  const question = useMemo(() => (wantsImages ? { ...runs.question, filter: withClause(runs.question.filter, HAS_IMAGES) } : runs.question), [runs.question, wantsImages]);
  const own = useQuery({ ...firstRows(question, selected, by, most), enabled: needsOwn && !runs.isPending });
  const rows = useMemo(() => {
    if (needsOwn) return own.data?.rows ?? [];
    const ticked = runs.rows.filter((row) => selected.includes(row.run_id));
    return (ticked.length > 0 ? ticked : runs.rows).slice(0, most);
  }, [needsOwn, own.data, runs.rows, selected, most]);
  const found = useMemo(() => chartRuns(eachOnce([...rows, ...runs.onTop]), by, dark), [rows, runs.onTop, by, dark]);
  const hidden = search.hiddenRuns ?? NOTHING;
  const drawn = useMemo(() => (hidden.length > 0 ? found.filter((run) => !hidden.includes(run.id)) : found), [found, hidden]);
  const keys = useMemo(() => (runs.known?.metrics ?? []).map((column) => column.key), [runs.known]);
  const every = useEvery();
  // A chart for each metric that one of these runs has; those of other runs would be empty.
  const foundIds = useMemo(() => found.map((run) => run.id), [found]);
  const having = useQuery(columnsOfRuns(foundIds, runs.question.experimentIds, found.some((run) => run.live) ? every : false));
  const drawnKeys = useMemo(() => (having.data ? having.data.metrics.map((column) => column.key) : having.error ? keys : null), [having.data, having.error, keys]);
  const onSearch = useCallback(
    (change: ChartSearch & ImageSearch & Pick<ExperimentSearch, "hiddenRuns">) => void navigate({ to: ".", search: (old: object) => ({ ...old, ...change }), replace: true }),
    [navigate],
  );
  const onRuns = (change: Partial<ExperimentLook>) => void navigate({ to: ".", search: (old: object) => ({ ...old, ...change }) });
  const onOpen = useCallback(
    (run: RunRow) => void navigate({ to: "/experiments/$experimentId/runs/$runId", params: { experimentId: run.experiment_id, runId: run.run_id } }),
    [navigate],
  );
  const data = usePlotData(runs, search, drawn, keys, onOpen);
  const hasImages = data.pictures !== undefined;
  const added = useMemo(
    () => ({
      kinds: hasImages ? CARD_KINDS : CARD_KINDS.filter((kind) => kind !== "images"),
      view: (card: Card, onCard: (change: Partial<Record<keyof Card, unknown>>) => void) => (
        <Suspense fallback={<Skeleton lines={4} />}>
          <CardView card={card} data={data} onCard={onCard} />
        </Suspense>
      ),
    }),
    [data, hasImages],
  );
  const known = useQuery(runColumns(runs.question.experimentIds));
  if (own.error && !own.data) return <Failure error={own.error} what="read the runs" onRetry={() => void own.refetch()} />;
  if (runs.isPending || (needsOwn && own.isPending)) return <Skeleton lines={5} />;
  if (search.tab === "images") return <StepImages runs={drawn} search={search} onSearch={onSearch} />;
  if (found.length === 0) {
    // Above it stands already why the runs could not be read.
    if (runs.error || runs.filterError) return null;
    if (selected.length > 0) {
      return (
        <Empty icon="search" title="The ticked runs are not here any more">
          <p>They were deleted or moved.</p>
          <Button onClick={() => onRuns({ runs: undefined })}>Draw the others</Button>
        </Empty>
      );
    }
    return <NoRuns search={search} experimentName={name} onClear={() => onRuns({ searchFilter: undefined, startTime: undefined, data: undefined })} />;
  }
  if (known.error && !known.data) return <Failure error={known.error} what="read which metrics there are" onRetry={() => void known.refetch()} />;
  if (known.isPending) return <Skeleton lines={5} />;
  const total = needsOwn ? (own.data?.total ?? 0) : selected.length > 0 ? selected.length : (runs.total ?? 0);
  return (
    <div className="experiment-charts">
      {isGrouped ? <Groups runs={drawn} /> : <RunsKey runs={found} hidden={hidden} onHidden={(ids) => onSearch({ hiddenRuns: ids.length > 0 ? ids : undefined })} />}
      <HowMany drawn={rows.length} total={total} usual={usual} isTicked={selected.length > 0} onMost={(to) => onSearch({ most: to })} />
      {drawn.length === 0 ? (
        <Empty icon="chart" title="Every run is left out of the charts">
          <Button onClick={() => onSearch({ hiddenRuns: undefined })}>Draw all of them</Button>
        </Empty>
      ) : drawnKeys === null ? (
        <Skeleton lines={4} />
      ) : (
        <MetricCharts
          keys={drawnKeys}
          runs={drawn}
          search={search}
          onSearch={onSearch}
          link={link}
          added={added}
          empty={keys.length > 0 ? <Empty icon="chart" title="None of these runs has logged a metric" /> : <NoMetrics experimentName={name} />}
          chart={(metric) => <SeriesChart metrics={[metric]} runs={drawn} search={search} />}
        />
      )}
      {drawnKeys !== null && keys.length > drawnKeys.length && (
        <p className="quiet chart-note">
          {counted(keys.length - drawnKeys.length, "metric")} that only other runs have {keys.length - drawnKeys.length === 1 ? "has" : "have"} no chart here.
        </p>
      )}
    </div>
  );
}

/** What the added charts are drawn from: the runs of the table's own question, with the columns that they need, in one answer. */
function usePlotData(runs: Runs, search: ExperimentLook, curves: ChartRun[], keys: string[], onOpen: (run: RunRow) => void): PlotData {
  const dark = useDark();
  const every = useEvery();
  const by = search.group ?? NOTHING;
  const selected = search.runs ?? NOTHING;
  const hidden = search.hiddenRuns ?? NOTHING;
  const cards = useMemo(() => cardsOf(search.cards), [search.cards]);
  const isNeeded = cards.some((card) => card.kind !== "lines" && card.kind !== "images");
  const isAsked = isNeeded && !runs.isPending && runs.known !== undefined;
  // A few whole rows say which parameters are numbers; the table may show none of them.
  const looked = useMemo(() => (runs.known?.params ?? []).slice(0, MOST_LOOKED_AT).map(({ key }) => `params.${key}`), [runs.known]);
  const sample = useQuery({ ...firstRows(runs.question, NOTHING, looked, SAMPLE), enabled: isAsked });
  const all = useMemo(() => plottablesOf(runs.known, sample.data?.rows ?? []), [runs.known, sample.data]);
  const count = selected.length > 0 ? selected.length : (runs.total ?? 0);
  const columns = useMemo(
    () => [...new Set([...by, ...cards.flatMap((card) => neededColumns(card, all, count))])].sort(),
    [by, cards, all, count],
  );
  const answer = useQuery({
    ...firstRows(runs.question, selected, columns, MOST_PLOTTED),
    enabled: isAsked && !sample.isPending,
    placeholderData: keepPreviousData,
  });
  // While other columns are read, the runs keep those that they have.
  const [held, setHeld] = useState(columns);
  if (answer.data && !answer.isPlaceholderData && held !== columns) setHeld(columns);
  const has = useMemo(() => new Set(held), [held]);
  const going = useMemo(() => (answer.data?.rows ?? []).filter((row) => row.status === "RUNNING").map((row) => row.run_id), [answer.data]);
  const fresh = useQuery(freshRows(going, runs.question.experimentIds, columns, every));
  const rows = useMemo(() => {
    if (!answer.data) return undefined;
    const byId = new Map((fresh.data ?? []).map((row) => [row.run_id, row]));
    return answer.data.rows.filter((row) => !hidden.includes(row.run_id)).map((row) => byId.get(row.run_id) ?? row);
  }, [answer.data, fresh.data, hidden]);
  const colours = useMemo(() => chartRuns(rows ?? [], by, dark).map((run) => run.colour), [rows, by, dark]);
  const tagged = runs.known?.tags.some((tag) => tag.key === IMAGES_TAG) ?? false;
  const pictured = useMemo(() => ({ ...runs.question, filter: withClause(runs.question.filter, HAS_IMAGES) }), [runs.question]);
  const withImages = useQuery({ ...firstRows(pictured, selected, by, MOST_PICTURED), enabled: tagged && !runs.isPending && cards.some((card) => card.kind === "images") });
  const pictures = useMemo(() => (tagged ? (withImages.data ? chartRuns(withImages.data.rows, by, dark) : null) : undefined), [tagged, withImages.data, by, dark]);
  const picturesOf = withImages.data?.total;
  const total = answer.data?.total ?? 0;
  const { error, refetch } = answer;
  const onRetry = useCallback(() => void refetch(), [refetch]);
  return useMemo(
    () => ({ runs: rows, columns: has, colours, total, all, keys, curves, pictures, picturesOf, look: search, error, onRetry, onOpen }),
    [rows, has, colours, total, all, keys, curves, pictures, picturesOf, search, error, onRetry, onOpen],
  );
}

function chartRuns(rows: RunRow[], by: string[], dark: boolean): ChartRun[] {
  const groupOf = (row: RunRow) => (by.length > 0 ? groupTitle(by, by.map((id) => valueOf(row, id))) : undefined);
  const colours = by.length > 0 ? coloursApart(rows.map((row) => groupOf(row) ?? "").filter(isFirst), dark) : rowColours(rows, dark);
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
