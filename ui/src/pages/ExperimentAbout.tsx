import { NOTE_TAG, useChangeExperiment } from "../api/experiments";
import type { Experiment } from "../api/schema";
import { CopyableText } from "../components/Copy";
import { Fact } from "../components/Fact";
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
        <Fact name="Experiment ID">
          <CopyableText text={experiment.experiment_id} label="Copy the experiment ID" />
        </Fact>
        <Fact name="Artifact location">
          <CopyableText text={experiment.artifact_location ?? ""} label="Copy the artifact location" />
        </Fact>
        <Fact name="Created">
          <TimeText value={experiment.creation_time} />
        </Fact>
        <Fact name="Tags">
          <Tags
            tags={(experiment.tags ?? []).filter((tag) => isOwnTag(tag.key))}
            onSet={(key, value) => change.mutateAsync({ do: "tag", id, key, value })}
            onRemove={(key) => change.mutateAsync({ do: "untag", id, key })}
          />
        </Fact>
      </dl>
      <Note text={note} label="Description" onSave={(value) => change.mutateAsync({ do: "tag", id, key: NOTE_TAG, value })} />
    </div>
  );
}
