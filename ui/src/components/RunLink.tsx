import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { runName } from "../api/runNames";

/** A run by its name, where only its id is known; the id stays text when the run is gone. */
export function RunLink({ runId }: { runId: string }) {
  const run = useQuery(runName(runId));
  if (run.data) {
    return (
      <Link to="/experiments/$experimentId/runs/$runId" params={{ experimentId: run.data.experiment_id, runId }}>
        {run.data.run_name || runId}
      </Link>
    );
  }
  return <code className="quiet">{runId}</code>;
}
