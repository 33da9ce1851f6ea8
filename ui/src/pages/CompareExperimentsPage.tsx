import "./ExperimentPage.css";

import { useQueries } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo } from "react";

import { experiment as experimentQuery } from "../api/experiments";
import { PageHead } from "../components/PageHead";
import { Failure, Missing } from "../components/States";
import { counted } from "../lib/numbers";
import { RunsTabs } from "./RunsTabs";

const route = getRouteApi("/compare-experiments/$any");

/** The runs of several experiments in one table. */
export function CompareExperimentsPage() {
  const search = route.useSearch();
  const key = search.experiments.join(" ");
  const ids = useMemo(() => key.split(" ").filter((id) => id !== ""), [key]);
  const experiments = useQueries({ queries: ids.map((id) => experimentQuery(id)) });
  if (ids.length === 0) {
    return <Missing what="experiments in" id="compare-experiments" detail="Tick two or more experiments in the list and press Compare runs." />;
  }
  const failed = experiments.find((each) => each.error && !each.data);
  const title = `Runs of ${counted(ids.length, "experiment")}`;
  return (
    <div className="page experiment-page">
      <PageHead
        crumbs={[
          <Link key="experiments" to="/experiments">
            Experiments
          </Link>,
        ]}
        title={title}
        tabTitle={title}
      >
        <p className="experiment-note experiment-names">
          {ids.map((id, at) => (
            <Link key={id} to="/experiments/$experimentId" params={{ experimentId: id }} className="badge">
              {experiments[at]?.data?.name ?? id}
            </Link>
          ))}
        </p>
      </PageHead>
      {failed && <Failure error={failed.error} what="read every experiment" onRetry={() => void failed.refetch()} />}
      <RunsTabs experimentIds={ids} name={title} search={search} />
    </div>
  );
}
