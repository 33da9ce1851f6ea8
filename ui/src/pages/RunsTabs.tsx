import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";

import { IMAGES_TAG } from "../api/runRows";
import { Skeleton } from "../components/States";
import type { ExperimentLook } from "../lib/viewState";
import { RunsView } from "./RunsView";
import { useRuns } from "./useRuns";

const RunsCharts = lazy(() => import("./RunsCharts"));

/** A tab is the current one only if the address says just that, not if it says more. */
const THIS_TAB = { exact: true };

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
      <nav className="tabs" aria-label={experimentIds.length > 1 ? "Views of the experiments" : "Views of the experiment"}>
        <Link to="." search={(old: object) => ({ ...old, tab: undefined })} className="tab" activeOptions={THIS_TAB}>
          Runs
        </Link>
        <Link to="." search={(old: object) => ({ ...old, tab: "charts" as const })} className="tab" activeOptions={THIS_TAB}>
          Charts
        </Link>
        {(tab === "images" || runs.known?.tags.some((tag) => tag.key === IMAGES_TAG)) && (
          <Link to="." search={(old: object) => ({ ...old, tab: "images" as const })} className="tab" activeOptions={THIS_TAB}>
            Images
          </Link>
        )}
        {experimentIds.length === 1 && (
          <Link to="/experiments/$experimentId/models" params={{ experimentId: experimentIds[0]! }} className="tab">
            Models
          </Link>
        )}
      </nav>
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
