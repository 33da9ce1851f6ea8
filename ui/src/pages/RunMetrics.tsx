import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";

import { trackingUri } from "../api/http";
import { runRow } from "../api/runs";
import { MetricCharts } from "../charts/MetricCharts";
import type { ChartRun } from "../charts/MetricPicture";
import { SeriesChart } from "../charts/SeriesChart";
import { Choice } from "../components/Field";
import { Snippet } from "../components/Snippet";
import { Empty, Skeleton } from "../components/States";
import type { Card } from "../lib/cards";
import { coloursApart, rowColours } from "../lib/palette";
import { byMetric } from "../lib/ranks";
import { useDark } from "../lib/theme";
import type { ChartLook } from "../lib/viewState";
import { HiddenBranches } from "./HiddenBranches";
import { useRunOfPage } from "./RunPage";
import { useSearchLink } from "./useSearchLink";

const CardView = lazy(() => import("../cards/CardView"));
const NOTHING: string[] = [];

export function RunMetrics() {
  const { run } = useRunOfPage();
  const search = useSearch({ from: "/experiments/$experimentId/runs/$runId/metrics" });
  const navigate = useNavigate();
  const link = useSearchLink();
  const dark = useDark();
  const logged = useMemo(() => [...new Set((run?.data?.metrics ?? []).map((metric) => metric.key))], [run]);
  const ranked = useMemo(() => byMetric(logged), [logged]);
  const hasRanks = logged.length > ranked.size;
  const joined = hasRanks && search.ranks !== "apart";
  const keys = joined ? [...ranked.keys()] : logged;
  const row = useQuery({ ...runRow(run?.info.run_id ?? "", run?.info.experiment_id ?? ""), enabled: run !== undefined });
  const number = row.data?.number;
  const runs = useMemo<ChartRun[]>(() => {
    if (!run) return [];
    const { run_id: id, run_name: name, status } = run.info;
    const tags = Object.fromEntries((run.data?.tags ?? []).map((tag) => [tag.key, tag.value]));
    return [{ id, name: name || id, colour: rowColours([{ run_id: id, number: number ?? 0, tags }], dark).get(id) ?? "", live: status === "RUNNING" }];
  }, [run, number, dark]);
  const added = useMemo(
    () => ({
      kinds: ["lines"] as const,
      view: (card: Card, onCard: (change: Partial<Record<keyof Card, unknown>>) => void) => (
        <Suspense fallback={<Skeleton lines={4} />}>
          <CardView card={card} data={{ runs: undefined, colours: NOTHING, total: 0, all: [], keys: logged, curves: runs, look: search, onOpen: () => {} }} onCard={onCard} />
        </Suspense>
      ),
    }),
    [logged, runs, search],
  );
  if (!run) return null;
  if (keys.length === 0) {
    return (
      <Empty icon="chart" title="No metric was logged">
        <Snippet
          label="Log a metric of this run"
          code={`import flowmill\n\nflowmill.set_tracking_uri(${JSON.stringify(trackingUri())})\nwith flowmill.start_run(run_id=${JSON.stringify(run.info.run_id)}):\n    for step in range(100):\n        flowmill.log_metric("loss", 1 / (step + 1), step=step)`}
        />
      </Empty>
    );
  }
  if (row.isPending) return <Skeleton lines={5} />;
  return (
    <div className="run-metrics">
      <HiddenBranches runId={run.info.run_id} />
      {hasRanks && (
        <div className="run-ranks-choice">
          <Choice<"joined" | "apart">
            label="Charts of ranks"
            value={joined ? "joined" : "apart"}
            choices={[
              { value: "joined", text: "Ranks in one chart" },
              { value: "apart", text: "A chart for each" },
            ]}
            onChange={(to) => void navigate({ to: ".", search: (old: object) => ({ ...old, ranks: to === "apart" ? to : undefined }), replace: true })}
          />
        </div>
      )}
      <MetricCharts
        chart={(metric) =>
          joined && (ranked.get(metric) ?? []).some((rank) => rank > 0) ? (
            <RankChart metric={metric} ranks={ranked.get(metric) ?? []} run={runs[0]!} search={search} />
          ) : (
            <SeriesChart metrics={[metric]} runs={runs} search={search} />
          )
        }
        keys={keys}
        runs={runs}
        search={search}
        link={link}
        added={added}
        onSearch={(change) => void navigate({ to: ".", search: (old: object) => ({ ...old, ...change }), replace: true })}
      />
    </div>
  );
}

/** More curves than this cannot be told apart, and an answer holds no more histories. */
const MOST_RANKS = 128;

function rankName(rank: number): string {
  return `rank ${rank}`;
}

/** One metric as each rank of a run has logged it, a curve each. */
function RankChart({ metric, ranks, run, search }: { metric: string; ranks: number[]; run: ChartRun; search: ChartLook }) {
  const dark = useDark();
  const text = ranks.slice(0, MOST_RANKS).join(" ");
  const ranksOf = useMemo(() => ({ runId: run.id, ranks: text.split(" ").map(Number), idOf: rankName }), [run.id, text]);
  const runs = useMemo<ChartRun[]>(() => {
    const ids = ranksOf.ranks.map(rankName);
    const colours = coloursApart(ids, dark);
    return ids.map((id) => ({ id, name: id, colour: colours.get(id) ?? "", live: run.live }));
  }, [ranksOf, dark, run.live]);
  return (
    <SeriesChart
      metrics={[metric]}
      runs={runs}
      search={search}
      ranksOf={ranksOf}
      beside={<span className="quiet">{runs.length < ranks.length ? `the first ${runs.length} of ${ranks.length} ranks` : `${ranks.length} ranks`}</span>}
    />
  );
}
