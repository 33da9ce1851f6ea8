import "./ComparePage.css";

import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";

import { experiment as experimentQuery } from "../api/experiments";
import { IMAGES_TAG } from "../api/runRows";
import { run as runQuery, someRuns } from "../api/runs";
import type { RunRow } from "../api/schema";
import CardView from "../cards/CardView";
import type { PlotData } from "../cards/PlotData";
import { MetricCharts } from "../charts/MetricCharts";
import type { ChartRun } from "../charts/MetricPicture";
import { SeriesChart } from "../charts/SeriesChart";
import { SizesContext, useSizeBoard } from "../charts/sizes";
import { Button } from "../components/Button";
import { useNotices } from "../components/Notices";
import { PageHead } from "../components/PageHead";
import { Empty, Failure, Missing, Skeleton } from "../components/States";
import { plainFirst } from "../lib/differences";
import { counted } from "../lib/numbers";
import { rowColours } from "../lib/palette";
import { useDark } from "../lib/theme";
import { plottables } from "../lib/values";
import { type Card, CARD_KINDS, type CardKind } from "../lib/cards";
import { COMPARE_TABS, type CompareSearch } from "../lib/viewState";
import { CompareTable } from "./CompareTable";
import { useEnvironments } from "./useEnvironments";
import { useSearchLink } from "./useSearchLink";

const CompareFiles = lazy(() => import("./CompareFiles"));
const StepImages = lazy(() => import("./StepImages"));
const route = getRouteApi("/compare-runs");

const TAB_NAMES: Record<(typeof COMPARE_TABS)[number], string> = {
  overview: "Overview",
  table: "Table",
  parallel: "Parallel coordinates",
  scatter: "Scatter",
  box: "Box",
  contour: "Contour",
  curves: "Curves",
  images: "Images",
  files: "Files",
};

/** Links of MLflow's page name the experiments; where one does not, the runs themselves say where they are from. */
function useExperimentIds(search: CompareSearch): string[] {
  const isMissing = search.experiments.length === 0;
  const first = useQuery({ ...runQuery(search.runs[0] ?? ""), enabled: isMissing && search.runs.length > 0 });
  return isMissing ? (first.data ? [first.data.info.experiment_id] : []) : search.experiments;
}

export function ComparePage() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const experimentIds = useExperimentIds(search);
  const query = useQuery({ ...someRuns(search.runs, experimentIds), enabled: experimentIds.length > 0 });
  const names = useQueries({ queries: experimentIds.slice(0, 20).map((id) => experimentQuery(id)) });
  const look = (change: Partial<CompareSearch>) =>
    void navigate({ to: ".", search: (old: object) => ({ ...old, ...change }), replace: true });

  const runs = query.data ?? [];
  const cache = useQueryClient();
  const [isSaving, setSaving] = useState(false);
  const { tellFailure } = useNotices();
  const save = async () => {
    setSaving(true);
    await import("./saveReport").then(({ saveReport }) => saveReport(cache, runs, `Comparison of ${counted(runs.length, "run")}`)).catch(tellFailure);
    setSaving(false);
  };
  const missing = query.data ? search.runs.filter((id) => !runs.some((run) => run.run_id === id)) : [];
  if (search.runs.length === 0) {
    return <Missing what="runs in" id="compare-runs" detail="Tick two or more runs in the table of an experiment and press Compare." />;
  }
  const experimentId = experimentIds[0];
  return (
    <div className="page compare-page">
      <PageHead
        crumbs={[
          <Link key="experiments" to="/experiments">
            Experiments
          </Link>,
          ...(experimentIds.length === 1 && experimentId
            ? [
                <Link key="experiment" to="/experiments/$experimentId" params={{ experimentId }} search={{ runs: search.runs }}>
                  {names[0]?.data?.name ?? experimentId}
                </Link>,
              ]
            : []),
        ]}
        title={`Compare ${counted(search.runs.length, "run")}`}
        tabTitle={`Compare ${counted(search.runs.length, "run")}`}
        actions={
          <Button icon="download" busy={isSaving} disabled={runs.length === 0} onClick={() => void save()}>
            Save as HTML
          </Button>
        }
      >
        <nav className="tabs" aria-label="Views of the comparison">
          {COMPARE_TABS.filter((each) => each !== "images" || search.tab === each || runs.some((run) => IMAGES_TAG in run.tags)).map((each) => (
            <Link
              key={each}
              to="."
              search={(old: object) => ({ ...old, tab: each === "overview" ? undefined : each })}
              className="tab"
              activeOptions={{ exact: true }}
            >
              {TAB_NAMES[each]}
            </Link>
          ))}
        </nav>
      </PageHead>
      {query.error && <Failure error={query.error} what="read the runs" onRetry={() => void query.refetch()} />}
      {missing.length > 0 && (
        <p className="compare-missing" role="status">
          {counted(missing.length, "run")} could not be found: {missing.slice(0, 3).join(", ")}
          {missing.length > 3 ? "…" : ""}
        </p>
      )}
      {query.isPending && !query.error ? (
        <Skeleton lines={8} height="1.5rem" />
      ) : (
        runs.length > 0 && <Comparison runs={runs} search={search} onLook={look} />
      )}
    </div>
  );
}

/** Which plots stand under a tab. */
const PLOTS: Partial<Record<(typeof COMPARE_TABS)[number], CardKind[]>> = {
  overview: ["parallel", "scatter"],
  parallel: ["parallel"],
  scatter: ["scatter"],
  box: ["box"],
  contour: ["contour"],
};
/** Histories of more runs are not answered at once. */
const MOST_CURVES = 100;

/** What the address says about the plots of a tab. */
function plotChoices({ x, y, xscale, yscale, scales, colour, axes, flip }: CompareSearch): Partial<Card> {
  return { ...(x ? { x } : {}), ...(y ? { y } : {}), ...(xscale ? { xscale } : {}), ...(yscale ? { yscale } : {}), ...(scales ? { scales } : {}), ...(colour ? { colour } : {}), ...(axes ? { axes } : {}), ...(flip ? { flip } : {}) };
}

const NOTHING: RunRow[] = [];

interface ComparisonProps {
  runs: RunRow[];
  search: ReturnType<typeof route.useSearch>;
  onLook: (change: Partial<CompareSearch>) => void;
}

function Comparison({ runs, search, onLook }: ComparisonProps) {
  const dark = useDark();
  const navigate = useNavigate();
  const link = useSearchLink();
  const tab: (typeof COMPARE_TABS)[number] = search.tab ?? "overview";
  const environments = useEnvironments(tab === "overview" || tab === "table" ? runs : NOTHING);
  const plots = PLOTS[tab] ?? [];
  const colours = useMemo(() => {
    const byRun = rowColours(runs, dark);
    return runs.map((run) => byRun.get(run.run_id) ?? "");
  }, [runs, dark]);
  const all = useMemo(() => plottables(runs), [runs]);
  const chartRuns = useMemo<ChartRun[]>(
    () => runs.map((run, at) => ({ id: run.run_id, name: run.run_name || run.run_id, colour: colours[at]!, live: run.status === "RUNNING" })),
    [runs, colours],
  );
  const pictures = useMemo(() => chartRuns.filter((_, at) => IMAGES_TAG in runs[at]!.tags), [chartRuns, runs]);
  const keys = useMemo(() => [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))].sort(plainFirst), [runs]);
  const onOpen = useCallback(
    (run: RunRow) => void navigate({ to: "/experiments/$experimentId/runs/$runId", params: { experimentId: run.experiment_id, runId: run.run_id } }),
    [navigate],
  );
  const data = useMemo<PlotData>(
    () => ({ runs, colours, total: runs.length, all, keys, curves: chartRuns.slice(0, MOST_CURVES), curvesOf: runs.length, pictures, look: search, onOpen }),
    [runs, colours, all, keys, chartRuns, pictures, search, onOpen],
  );
  const onSizes = useCallback((change: object) => onLook(change as Partial<CompareSearch>), [onLook]);
  const sizes = useSizeBoard(search.sizes, onSizes, 1);
  const added = useMemo(
    () => ({
      kinds: pictures.length > 0 ? CARD_KINDS : CARD_KINDS.filter((kind) => kind !== "images"),
      view: (card: Card, onCard: (change: Partial<Record<keyof Card, unknown>>) => void) => <CardView card={card} data={data} onCard={onCard} />,
    }),
    [data, pictures],
  );

  if (tab === "curves") {
    if (keys.length === 0) return <Empty icon="chart" title="None of these runs has logged a metric" />;
    return (
      <MetricCharts
        keys={keys}
        runs={chartRuns}
        search={search}
        onSearch={(change) => onLook(change as Partial<CompareSearch>)}
        link={link}
        added={added}
        chart={(metric) => <SeriesChart metrics={[metric]} runs={chartRuns} search={search} />}
      />
    );
  }
  if (tab === "images") {
    return (
      <Suspense fallback={<Skeleton lines={5} />}>
        <StepImages runs={chartRuns} search={search} onSearch={(change) => onLook(change as Partial<CompareSearch>)} />
      </Suspense>
    );
  }
  if (tab === "files") {
    return (
      <Suspense fallback={<Skeleton lines={5} />}>
        <CompareFiles runs={runs} colours={colours} search={search} onSearch={(change) => onLook(change as Partial<CompareSearch>)} />
      </Suspense>
    );
  }
  return (
    <div className="comparison">
      {plots.length > 0 &&
        (all.length === 0 ? (
          <Empty icon="chart" title="These runs have no parameters and no metrics to plot" />
        ) : (
          <SizesContext value={sizes}>
            <div className={tab === "overview" ? "plots plots-both" : "plots"}>
              {plots.map((kind) => (
                <CardView
                  key={kind}
                  card={{ id: `//${tab} ${kind}`, kind, section: "", ...plotChoices(search) }}
                  data={data}
                  tall={tab === "overview" ? 320 : 520}
                  onCard={(change) => onLook(change as Partial<CompareSearch>)}
                />
              ))}
            </div>
          </SizesContext>
        ))}
      {(tab === "overview" || tab === "table") && (
        <CompareTable
          runs={runs}
          colours={colours}
          onlyDifferences={search.differences ?? false}
          onOnlyDifferences={(on) => onLook({ differences: on || undefined } as Partial<CompareSearch>)}
          base={search.minus}
          onBase={(minus) => onLook({ minus } as Partial<CompareSearch>)}
          link={(run, name) => (
            <Link
              to="/experiments/$experimentId/runs/$runId"
              params={{ experimentId: run.experiment_id, runId: run.run_id }}
              data-hint={run.run_id}
            >
              {name}
            </Link>
          )}
          metricLink={(metric) => (
            <Link to="." search={(old: object) => ({ ...old, tab: "curves" as const, large: metric })} data-hint="See its curves">
              {metric}
            </Link>
          )}
          codeLink={(key) =>
            key === "Commit" ? (
              <Link to="." search={(old: object) => ({ ...old, tab: "files" as const, dir: "source", file: undefined })} data-hint="Compare the changes that were not committed, and other files">
                {key}
              </Link>
            ) : (
              key
            )
          }
          environments={environments}
          onRemove={(id) => onLook({ runs: search.runs.filter((each: string) => each !== id) })}
        />
      )}
    </div>
  );
}
