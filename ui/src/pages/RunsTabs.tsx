import { lazy, Suspense } from "react";

import { Skeleton } from "../components/States";
import type { ExperimentLook } from "../lib/viewState";
import { ExperimentTabs } from "./ExperimentTabs";
import { RunsView } from "./RunsView";
import { useRuns } from "./useRuns";

const RunsCharts = lazy(() => import("./RunsCharts"));

interface RunsTabsProps {
  /** The same list each time, as long as it holds the same. */
  experimentIds: string[];
  name: string;
  search: ExperimentLook;
}

/** The runs of one experiment or of several: as a table, as charts, as pictures. */
export function RunsTabs({ experimentIds, name, search }: RunsTabsProps) {
  const runs = useRuns(experimentIds, search);
  const tab = search.tab ?? "runs";
  return (
    <>
      <ExperimentTabs experimentIds={experimentIds} tab={tab} />
      <RunsView name={name} runs={runs} search={search}>
        {tab !== "runs" ? (
          <Suspense fallback={<Skeleton lines={5} />}>
            <RunsCharts runs={runs} name={name} search={search} />
          </Suspense>
        ) : undefined}
      </RunsView>
    </>
  );
}
