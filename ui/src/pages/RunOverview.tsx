import "./details.css";
import "./RunOverview.css";

import { useQuery } from "@tanstack/react-query";

import { NOTE_TAG } from "../api/experiments";
import { useEvery } from "../api/live";
import { ranks as ranksQuery } from "../api/ranks";
import { useChangeRun } from "../api/runs";
import type { Run } from "../api/schema";
import { Note } from "../components/Note";
import { Snippet } from "../components/Snippet";
import { Failure } from "../components/States";
import { Tags } from "../components/Tags";
import { isOwnTag } from "../lib/columns";
import { RunAbout } from "./RunAbout";
import { RunChanges } from "./RunChanges";
import { RunChildren } from "./RunChildren";
import { RunDatasets } from "./RunDatasets";
import { RunModels } from "./RunModels";
import { useRunOfPage } from "./RunPage";
import { RunRanks } from "./RunRanks";
import { ParamTable, RunMetricTables } from "./RunValues";

/** What a run was about, what it measured, and what belongs to it. */
export function RunOverview() {
  const { runId, run, logged, models } = useRunOfPage();
  const change = useChangeRun();
  const often = useEvery();
  const every = run?.info.status === "RUNNING" && often;
  const ranks = useQuery(ranksQuery(runId, every));
  if (!run) return null;
  const id = run.info.run_id;
  const tags = run.data?.tags ?? [];
  const note = tags.find((tag) => tag.key === NOTE_TAG)?.value ?? "";
  const set = (key: string, value: string) => change.mutateAsync({ do: "tag", id, key, value });
  return (
    <div className="run-overview">
      <div className="run-main">
        <HowItEnded run={run} />
        <section className="section" aria-label="Description">
          <Note text={note} label="Description" onSave={(text) => set(NOTE_TAG, text)} />
        </section>
        <div className="run-tables">
          <RunMetricTables run={run} />
          <ParamTable params={run.data?.params ?? []} />
        </div>
        <div className="run-more">
          {ranks.error && !ranks.data && <Failure error={ranks.error} what="read the ranks" onRetry={() => void ranks.refetch()} />}
          <RunRanks run={run} ranks={ranks.data ?? []} />
          <section className="section">
            <div className="section-head">
              <h2>Tags</h2>
            </div>
            <Tags
              tags={tags.filter((tag) => isOwnTag(tag.key))}
              onSet={set}
              onRemove={(key) => change.mutateAsync({ do: "untag", id, key })}
            />
          </section>
          {models.error && !models.data && <Failure error={models.error} what="read the models of the run" onRetry={() => void models.refetch()} />}
          <RunModels models={logged} />
          <RunChildren run={run} every={every} />
          <RunDatasets inputs={run.inputs?.dataset_inputs ?? []} />
          <RunChanges run={run} />
        </div>
      </div>
      <RunAbout run={run} />
    </div>
  );
}

/** Why a run did not finish, in the words of its last exception. */
function HowItEnded({ run }: { run: Run }) {
  const tag = (key: string) => run.data?.tags?.find((each) => each.key === key)?.value;
  const said = tag("flowmill.end");
  const traceback = tag("flowmill.traceback");
  if (run.info.lost && run.info.status === "RUNNING") {
    return (
      <section className="card run-end" aria-label="Lost">
        <p>
          <strong>Nothing has been heard of this run for a while.</strong> Its process was killed, its machine is gone, or it cannot reach the
          server. If it is alive it will be shown as running again by itself.
        </p>
      </section>
    );
  }
  if (!said && !traceback) return null;
  return (
    <section className="card run-end run-end-failed" aria-label="How it ended">
      <p>
        <strong>{said ?? "The run failed."}</strong>
      </p>
      {traceback && (
        <details>
          <summary>Traceback</summary>
          <Snippet code={traceback} language="text" label="Traceback" />
        </details>
      )}
    </section>
  );
}
