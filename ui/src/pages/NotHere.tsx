import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useParams } from "@tanstack/react-router";

import { experiment } from "../api/experiments";
import { NotShown } from "../components/States";

/** Parts of MLflow's page that this one does not have, by what follows the experiment in their address. */
const PARTS: Record<string, string> = {
  traces: "Traces are",
  "chat-sessions": "Sessions are",
  judges: "Judges are",
  "review-queue": "The review queue is",
  datasets: "Datasets for evaluations are",
  playground: "The playground is",
  prompts: "Prompts are",
  "mcp-registry": "The MCP registry is",
  gateway: "The AI gateway is",
};

/** Says of an address of MLflow's page that there is no such part here yet, and leads to what there is. */
export function NotHere() {
  const { experimentId = "" } = useParams({ strict: false });
  const part = useLocation({ select: ({ pathname }) => pathname.split("/")[experimentId ? 3 : 1] ?? "" });
  const query = useQuery({ ...experiment(experimentId), enabled: experimentId !== "" });
  if (query.error) return <NotShown error={query.error} what="experiment" id={experimentId} onRetry={() => void query.refetch()} />;
  return (
    <div className="missing">
      <h1>{PARTS[part] ?? "This part is"} not here yet</h1>
      <p className="quiet">
        The address is one of MLflow’s page. Here are experiments with their runs, charts and files, logged models and the registry.
      </p>
      <p>
        {experimentId ? (
          <Link to="/experiments/$experimentId" params={{ experimentId }} className="button">
            Go to the runs of {query.data?.name ?? "the experiment"}
          </Link>
        ) : (
          <Link to="/experiments" className="button">
            Go to the experiments
          </Link>
        )}
      </p>
    </div>
  );
}
