import "../components/History.css";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";

import { experiment as experimentQuery, NOTE_TAG } from "../api/experiments";
import { useMoveRuns } from "../api/moves";
import { runChanges } from "../api/runChanges";
import { useChangeRun } from "../api/runs";
import type { Run, RunChange } from "../api/schema";
import { useNotices } from "../components/Notices";
import { ShowMore } from "../components/ShowMore";
import { Failure } from "../components/States";
import { TimeText } from "../components/Values";
import { runChangeText } from "../lib/events";
import { plainLine } from "../lib/plainLine";

/** Who renamed, described, tagged, moved, deleted or restored a run after it was logged, and the way back. */
export function RunChanges({ run }: { run: Run }) {
  const log = useInfiniteQuery(runChanges(run.info.run_id));
  const changes = log.data?.pages.flatMap((page) => page.changes ?? []) ?? [];
  if (log.error && !log.data) return <Failure error={log.error} what="read the changes" onRetry={() => void log.refetch()} />;
  if (changes.length === 0) return null;
  const newest = new Set<string>();
  return (
    <section className="section" aria-label="Changes">
      <div className="section-head">
        <h2>Changes</h2>
        <span className="quiet">since it was logged</span>
      </div>
      <ol className="card history-list">
        {changes.map((change, index) => {
          const what = `${change.kind} ${change.key ?? ""}`;
          const isLast = !newest.has(what);
          newest.add(what);
          return <Change key={`${change.time} ${changes.length - index}`} run={run} change={change} isLast={isLast} />;
        })}
      </ol>
      <ShowMore list={log} />
    </section>
  );
}

/** `isLast`: nothing later is known of the same thing, so that it can be as it was before. */
function Change({ run, change, isLast }: { run: Run; change: RunChange; isLast: boolean }) {
  return (
    <li>
      <span className="history-what">
        {change.kind === "experiment" ? <MoveText change={change} /> : runChangeText(change)}
        {change.kind === "description" && change.after && <q className="quiet">{plainLine(change.after, 160)}</q>}
        {isLast && run.info.lifecycle_stage !== "deleted" && <PutBack run={run} change={change} />}
      </span>
      <span className="quiet">{change.user || "somebody"}</span>
      <TimeText value={change.time} />
    </li>
  );
}

function MoveText({ change: { before = "", after = "" } }: { change: RunChange }) {
  return (
    <span>
      Moved from <ExperimentLink id={before} /> to <ExperimentLink id={after} />
    </span>
  );
}

function ExperimentLink({ id }: { id: string }) {
  const name = useQuery(experimentQuery(id)).data?.name;
  return (
    <Link to="/experiments/$experimentId" params={{ experimentId: id }}>
      {name ?? `experiment ${id}`}
    </Link>
  );
}

/** Where a change is still how things stand: a button that makes them as they were, which is a change, too. */
function PutBack({ run, change }: { run: Run; change: RunChange }) {
  const { run_id: id, experiment_id: here, run_name: name } = run.info;
  const edit = useChangeRun();
  const move = useMoveRuns();
  const navigate = useNavigate();
  const { tell, tellFailure } = useNotices();
  const { kind, key = "", before, after } = change;
  const valueOf = (tag: string) => run.data?.tags?.find((each) => each.key === tag)?.value;

  const back = before === undefined ? "Remove it" : "Put it back";
  const setTag = (tag: string, value: string | undefined) => edit.mutateAsync(value === undefined ? { do: "untag", id, key: tag } : { do: "tag", id, key: tag, value });
  const moveTo = async (experimentId: string) => {
    await move.mutateAsync({ ids: [id], experimentId });
    await navigate({ to: "/experiments/$experimentId/runs/$runId", params: { experimentId, runId: id }, replace: true });
  };
  const ways: Partial<Record<RunChange["kind"], { text: string; now: string | undefined; set: (value: string | undefined) => Promise<unknown> }>> = {
    name: { text: "Rename it back", now: name, set: (value) => edit.mutateAsync({ do: "rename", id, name: value ?? "" }) },
    description: { text: back, now: valueOf(NOTE_TAG), set: (value) => setTag(NOTE_TAG, value) },
    tag: { text: back, now: valueOf(key), set: (value) => setTag(key, value) },
    experiment: { text: "Move it back", now: here, set: (value) => moveTo(value ?? here) },
  };
  const way = ways[kind];
  if (!way || way.now !== after) return null;
  const goBack = async () => {
    try {
      await way.set(before);
      tell("It is as it was before.", { label: "Undo", run: () => void way.set(after).catch(tellFailure) });
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <button
      type="button"
      className="link-button"
      disabled={edit.isPending || move.isPending}
      onClick={() => void goBack()}
      aria-label={`${way.text}: ${runChangeText(change)}`}
    >
      {way.text}
    </button>
  );
}
