import { NOTE_TAG, useChangeExperiment } from "../api/experiments";
import type { Experiment } from "../api/schema";
import { CopyableText } from "../components/Copy";
import { Note } from "../components/Note";
import { Tags } from "../components/Tags";
import { TimeText } from "../components/Values";
import { isOwnTag } from "../lib/columns";

/** Where an experiment lies and what people wrote about it. */
export default function ExperimentAbout({ experiment, note }: { experiment: Experiment; note: string }) {
  const change = useChangeExperiment();
  const id = experiment.experiment_id;
  return (
    <div className="card experiment-about">
      <dl className="facts">
        <div>
          <dt>Experiment ID</dt>
          <dd>
            <CopyableText text={experiment.experiment_id} label="Copy the experiment ID" />
          </dd>
        </div>
        <div>
          <dt>Artifact location</dt>
          <dd>
            <CopyableText text={experiment.artifact_location ?? ""} label="Copy the artifact location" />
          </dd>
        </div>
        <div>
          <dt>Created</dt>
          <dd>
            <TimeText value={experiment.creation_time} />
          </dd>
        </div>
        <div>
          <dt>Tags</dt>
          <dd>
            <Tags
              tags={(experiment.tags ?? []).filter((tag) => isOwnTag(tag.key))}
              onSet={(key, value) => change.mutateAsync({ do: "tag", id, key, value })}
              onRemove={(key) => change.mutateAsync({ do: "untag", id, key })}
            />
          </dd>
        </div>
      </dl>
      <Note text={note} label="Description" onSave={(value) => change.mutateAsync({ do: "tag", id, key: NOTE_TAG, value })} />
    </div>
  );
}
