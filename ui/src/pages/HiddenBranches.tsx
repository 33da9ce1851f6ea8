import "./details.css";

import { useQuery } from "@tanstack/react-query";

import { hiddenBranches, useRestoreBranch } from "../api/branches";
import type { Branch } from "../api/schema";
import { Button } from "../components/Button";
import { useNotices } from "../components/Notices";
import { TimeText } from "../components/Values";
import { counted } from "../lib/numbers";

/** What a run measured and hides since it was taken up again from an earlier step; each part can come back. */
export function HiddenBranches({ runId }: { runId: string }) {
  const branches = useQuery(hiddenBranches(runId)).data ?? [];
  const change = useRestoreBranch(runId);
  const { tell, tellFailure } = useNotices();
  if (branches.length === 0) return null;
  const restore = (branch: Branch) =>
    change.mutateAsync(branch.branch_id).then((hidden) => {
      const instead = hidden.reduce((sum, each) => sum + (each.points ?? 0), 0);
      tell(`The points after step ${branch.step} are back.${instead > 0 ? ` ${counted(instead, "point")} that stood in their place ${instead === 1 ? "is" : "are"} hidden now.` : ""}`);
    }, tellFailure);
  return (
    <section className="section" aria-label="Hidden branches">
      <div className="section-head">
        <h2>Hidden branches</h2>
        <span className="quiet">points from before the run was taken up again at an earlier step</span>
      </div>
      <ul className="card item-list">
        {branches.map((branch) => (
          <li key={branch.branch_id}>
            <strong>after step {branch.step.toLocaleString("en-US")}</strong>
            <span>
              {counted(branch.points ?? 0, "point")}
              {branch.last_step !== undefined && ` up to step ${branch.last_step.toLocaleString("en-US")}`}
            </span>
            <span className="quiet" data-hint={(branch.keys ?? []).join(", ")}>
              of {shownKeys(branch.keys ?? [])}
            </span>
            <span className="quiet">
              hidden <TimeText value={branch.created_at} />
            </span>
            <span className="item-end">
              <Button icon="restore" busy={change.isPending} aria-label={`Bring back the points after step ${branch.step}`} onClick={() => void restore(branch)}>
                Bring back
              </Button>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function shownKeys(keys: string[]): string {
  return keys.length > 3 ? `${keys.slice(0, 3).join(", ")} and ${keys.length - 3} more` : keys.join(", ");
}
