import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo, useState } from "react";

import { useEvery } from "../api/live";
import { metricSeries } from "../api/metrics";
import { ChartCard } from "../charts/ChartCard";
import { type ChartRun, MetricPicture } from "../charts/MetricPicture";
import { useSeen } from "../charts/useSeen";
import { messageOf } from "../components/States";
import { runColours } from "../lib/palette";
import { asRanks, rankedKey } from "../lib/ranks";
import { useDark } from "../lib/theme";
import type { ChartSearch } from "../lib/viewState";

const LargeChart = lazy(() => import("../charts/LargeChart"));

interface RankChartProps {
  metric: string;
  /** Which ranks have logged it, ascending. */
  ranks: number[];
  run: ChartRun;
  search: ChartSearch;
}

const HEIGHT = 210;
/** More curves than this cannot be told apart, and an answer holds no more histories. */
const MOST_RANKS = 128;

function idOf(rank: number): string {
  return `rank ${rank}`;
}

/** One metric as each rank of a run has logged it, a curve each. */
export function RankChart({ metric, ranks, run, search }: RankChartProps) {
  const [large, setLarge] = useState(false);
  const { element, seen } = useSeen();
  const dark = useDark();
  const every = useEvery();
  const drawn = ranks.slice(0, MOST_RANKS);
  const along = search.axis?.startsWith("metrics.") ? search.axis.slice("metrics.".length) : null;
  const keys = drawn.flatMap((rank) => (along === null || along === metric ? [rankedKey(metric, rank)] : [rankedKey(metric, rank), rankedKey(along, rank)]));
  const series = useQuery({ ...metricSeries([run.id], keys, run.live && every), enabled: seen });
  const shown = useMemo(() => asRanks(series.data ?? [], idOf), [series.data]);
  const text = drawn.join(" ");
  const runs = useMemo<ChartRun[]>(() => {
    const ids = text.split(" ").map((rank) => idOf(Number(rank)));
    const colours = runColours(ids, dark);
    return ids.map((id) => ({ id, name: id, colour: colours.get(id) ?? "", live: run.live }));
  }, [text, dark, run.live]);
  const picture = (height: number, isLarge: boolean) => (
    <MetricPicture metric={metric} runs={runs} series={shown} search={search} height={height} isLarge={isLarge} />
  );
  return (
    <>
      <ChartCard
        metric={metric}
        ref={element}
        height={HEIGHT}
        beside={<span className="quiet">{drawn.length < ranks.length ? `the first ${drawn.length} of ${ranks.length} ranks` : `${ranks.length} ranks`}</span>}
        items={[{ label: "Enlarge", icon: "external", onSelect: () => setLarge(true) }]}
      >
        {series.error ? (
          <p className="chart-problem" role="alert">
            {messageOf(series.error)}{" "}
            <button type="button" className="link-button" onClick={() => void series.refetch()}>
              Retry
            </button>
          </p>
        ) : series.data === undefined ? (
          <span className="skeleton-bar chart-waiting" role="status" aria-label={`Loading ${metric}`} />
        ) : (
          picture(HEIGHT, false)
        )}
      </ChartCard>
      {large && (
        <Suspense>
          <LargeChart title={metric} onClose={() => setLarge(false)}>
            {picture(Math.round(window.innerHeight * 0.62), true)}
          </LargeChart>
        </Suspense>
      )}
    </>
  );
}
