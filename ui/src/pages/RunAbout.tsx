import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { folder } from "../api/artifacts";
import { run as runQuery, runRow } from "../api/runs";
import type { Run } from "../api/schema";
import { CopyableText, CopyButton } from "../components/Copy";
import { Fact } from "../components/Fact";
import { Unread } from "../components/Unread";
import { DurationText, MomentText } from "../components/Values";
import { VersionBadges } from "../components/VersionBadges";
import { folderOf } from "../lib/paths";
import { quoteText } from "../lib/filter";
import { commitHref, safeHref } from "../lib/safeLinks";

const PATCH = "source/uncommitted.patch";

/** What is known about a run beyond what it measured. */
export function RunAbout({ run }: { run: Run }) {
  const { info } = run;
  const tag = (key: string) => run.data?.tags?.find((each) => each.key === key)?.value;
  const row = useQuery(runRow(info.run_id, info.experiment_id));
  const parentId = tag("mlflow.parentRunId");
  const commit = tag("mlflow.source.git.commit");
  const resumed = tag("flowmill.resumedFromStep");
  const branch = tag("mlflow.source.git.branch");
  const repository = tag("mlflow.source.git.repoURL") ?? tag("mlflow.gitRepoURL");
  const source = tag("mlflow.source.name");
  const sourceHref = source ? safeHref(source) : null;
  const href = commit ? commitHref(repository, commit) : null;
  const user = info.user_id || tag("mlflow.user");
  // What the code had beside its commit lies with the run, if there was anything.
  const sources = useQuery({ ...folder({ kind: "run", runId: info.run_id }, folderOf(PATCH)), enabled: commit !== undefined });
  const hasPatch = sources.data?.some((file) => file.path === PATCH) ?? false;
  return (
    <aside className="card run-about" aria-label="About the run">
      <dl className="facts">
        <Fact name="Run ID">
          <CopyableText text={info.run_id} label="Copy the run ID" />
        </Fact>
        <Fact name="Experiment">
          <CopyableText text={info.experiment_id} label="Copy the experiment ID" />
        </Fact>
        <Fact name="Created">
          <MomentText value={info.start_time} />
        </Fact>
        {info.end_time !== undefined && info.end_time > 0 && (
          <Fact name="Ended">
            <MomentText value={info.end_time} />
          </Fact>
        )}
        <Fact name="Duration">
          <DurationText start={info.start_time} end={info.end_time} />
        </Fact>
        <Fact name="User">
          {user ? (
            <Link
              to="/experiments/$experimentId"
              params={{ experimentId: info.experiment_id }}
              search={{ searchFilter: `attributes.user_id = ${quoteText(user)}` }}
              data-hint={`All runs of ${user} in this experiment`}
            >
              {user}
            </Link>
          ) : (
            "–"
          )}
        </Fact>
        {source && (
          <Fact name="Source">{sourceHref ? <a href={sourceHref}>{source}</a> : <code>{source}</code>}</Fact>
        )}
        {commit && (
          <Fact name="Git commit">
            {href ? <a href={href}>{commit.slice(0, 10)}</a> : <code>{commit.slice(0, 10)}</code>}{" "}
            <CopyButton text={commit} label="Copy the commit" />
            {branch && <span className="quiet">on {branch} </span>}
            {hasPatch && (
              <>
                {" "}
                <Link
                  to="/experiments/$experimentId/runs/$runId/artifacts/$"
                  params={{ experimentId: info.experiment_id, runId: info.run_id, _splat: PATCH }}
                >
                  and uncommitted changes
                </Link>
              </>
            )}
          </Fact>
        )}
        {resumed && (
          <Fact name="Resumed">from step {resumed}</Fact>
        )}
        {parentId && (
          <Fact name="Parent run">
            <ParentLink parentId={parentId} experimentId={info.experiment_id} />
          </Fact>
        )}
        <Fact name="Artifacts at">
          <CopyableText text={info.artifact_uri ?? ""} label="Copy the artifact location" />
        </Fact>
        <Fact name="Registered as">
          {row.error && !row.data ? <Unread onRetry={row.refetch} /> : <VersionBadges versions={row.data?.versions ?? []} />}
        </Fact>
      </dl>
    </aside>
  );
}

function ParentLink({ parentId, experimentId }: { parentId: string; experimentId: string }) {
  const parent = useQuery(runQuery(parentId));
  return (
    <Link
      to="/experiments/$experimentId/runs/$runId"
      params={{ experimentId: parent.data?.info.experiment_id ?? experimentId, runId: parentId }}
    >
      {parent.data?.info.run_name || parentId}
    </Link>
  );
}
