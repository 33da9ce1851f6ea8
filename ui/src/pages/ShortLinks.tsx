import { useQuery } from "@tanstack/react-query";
import { Navigate, useParams } from "@tanstack/react-router";

import { loggedModel } from "../api/models";
import { run } from "../api/runs";
import { NotShown, Skeleton } from "../components/States";

/** An address that names a run without its experiment. */
export function ShortRunLink() {
  const { runId = "" } = useParams({ strict: false });
  const query = useQuery(run(runId));
  if (query.data) return <Navigate to="/experiments/$experimentId/runs/$runId" params={{ experimentId: query.data.info.experiment_id, runId }} replace />;
  if (query.error) return <NotShown error={query.error} what="run" id={runId} onRetry={() => void query.refetch()} />;
  return <Waiting />;
}

/** What models:/m-… names is a logged model, which the same address without an experiment means. */
export function ShortModelLink({ modelId }: { modelId: string }) {
  const query = useQuery(loggedModel(modelId));
  if (query.data) return <Navigate to="/experiments/$experimentId/models/$modelId" params={{ experimentId: query.data.info.experiment_id, modelId }} replace />;
  if (query.error) return <NotShown error={query.error} what="model" id={modelId} onRetry={() => void query.refetch()} />;
  return <Waiting />;
}

function Waiting() {
  return (
    <div className="page">
      <Skeleton lines={5} />
    </div>
  );
}
