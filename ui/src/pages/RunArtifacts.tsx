import { Link, useParams } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";

import type { Place } from "../api/artifacts";
import { trackingUri } from "../api/http";
import { Files, type FilesProps, type ModelOfFolder } from "../artifacts/Files";
import { Snippet } from "../components/Snippet";
import { Empty, Skeleton } from "../components/States";
import { runRoots } from "../lib/artifactRoots";
import { fileName } from "../lib/paths";
import { useRunOfPage } from "./RunPage";

/** The files of a run, and those of each model that it logged. */
export function RunArtifacts() {
  const { experimentId, runId, run, logged, isWaitingForModels } = useRunOfPage();
  const { _splat: path = "" } = useParams({ strict: false });
  const roots = useMemo(
    () => runRoots(runId, logged.map(({ info }) => ({ name: info.name || info.model_id, modelId: info.model_id }))),
    [runId, logged],
  );
  if (!run || isWaitingForModels) return <Skeleton lines={6} />;

  const modelOf = (place: Place, inside: string): ModelOfFolder => {
    const model = place.kind === "model" ? logged.find(({ info }) => info.model_id === place.modelId) : undefined;
    return model
      ? { uri: `models:/${model.info.model_id}`, runId, modelId: model.info.model_id, name: model.info.name }
      : { uri: `runs:/${runId}/${inside}`, runId, modelId: "", name: fileName(inside) };
  };
  const link: FilesProps["link"] = (to: string, children: ReactNode, props) => (
    <Link
      to="/experiments/$experimentId/runs/$runId/artifacts/$"
      params={{ experimentId, runId, _splat: to }}
      preload={false}
      {...props}
    >
      {children}
    </Link>
  );
  return (
    <Files
      roots={roots}
      path={path}
      modelOf={modelOf}
      link={link}
      empty={
        <Empty icon="folder" title="No artifact was logged">
          <Snippet
            label="Log a file to this run"
            code={`import flowmill\n\nflowmill.set_tracking_uri(${JSON.stringify(trackingUri())})\nwith flowmill.start_run(run_id=${JSON.stringify(runId)}):\n    flowmill.log_text("Hello", "notes/hello.txt")\n    flowmill.log_artifact("plot.png")`}
          />
        </Empty>
      }
    />
  );
}
