import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";

import { experiment as experimentQuery } from "../api/experiments";
import { movesOf, useMoveRuns } from "../api/moves";
import type { Move, Run } from "../api/schema";
import { Fact } from "../components/Fact";
import { useNotices } from "../components/Notices";
import { Unread } from "../components/Unread";
import { TimeText } from "../components/Values";

/** From where a run came, if it was moved, and the way back. */
export function RunMoves({ run }: { run: Run }) {
  const { run_id: id, experiment_id: here } = run.info;
  const query = useQuery(movesOf(id));
  const moves = query.data ?? [];
  const move = useMoveRuns();
  const navigate = useNavigate();
  const { tell, tellFailure } = useNotices();
  const last = moves[0];
  if (query.error && !query.data) {
    return (
      <Fact name="Moved">
        <Unread onRetry={query.refetch} />
      </Fact>
    );
  }
  if (!last) return null;
  const open = (experimentId: string) => void navigate({ to: "/experiments/$experimentId/runs/$runId", params: { experimentId, runId: id }, replace: true });
  const goBack = async () => {
    try {
      const made = await move.mutateAsync({ undo: [last] });
      tell("The run is back where it was.", {
        label: "Undo",
        run: () => void move.mutateAsync({ undo: made }).then(() => open(here), tellFailure),
      });
      open(last.from_experiment_id);
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <Fact name="Moved">
      <ul className="run-moves">
        {moves.map((each) => (
          <li key={each.moved_at}>
            <MoveText move={each} />
          </li>
        ))}
      </ul>
      {last.to_experiment_id === here && (
        <button type="button" className="link-button" disabled={move.isPending} onClick={() => void goBack()}>
          Move it back
        </button>
      )}
    </Fact>
  );
}

function MoveText({ move }: { move: Move }) {
  const from = useQuery(experimentQuery(move.from_experiment_id));
  return (
    <>
      from{" "}
      <Link to="/experiments/$experimentId" params={{ experimentId: move.from_experiment_id }}>
        {from.data?.name ?? move.from_experiment_id}
      </Link>{" "}
      <span className="quiet">
        <TimeText value={move.moved_at} />
        {move.user_id && ` by ${move.user_id}`}
      </span>
    </>
  );
}
