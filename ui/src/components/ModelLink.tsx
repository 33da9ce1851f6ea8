import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { loggedModel } from "../api/models";

/** A logged model by its name, as soon as that is known. */
export function ModelLink({ modelId }: { modelId: string }) {
  const model = useQuery(loggedModel(modelId));
  if (!model.data) return <code className="quiet">{modelId}</code>;
  return (
    <Link to="/experiments/$experimentId/models/$modelId" params={{ experimentId: model.data.info.experiment_id, modelId }}>
      {model.data.info.name || modelId}
    </Link>
  );
}
