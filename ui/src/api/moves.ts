import { useMutation, useQueryClient } from "@tanstack/react-query";

import { send } from "./http";
import { runKeys } from "./runRows";
import type { Move } from "./schema";

/** One request takes so many; each is all or none. */
const MOST_AT_ONCE = 1000;

async function moveTo(ids: string[], experimentId: string): Promise<Move[]> {
  const made: Move[] = [];
  for (let start = 0; start < ids.length; start += MOST_AT_ONCE) {
    const { moves } = await send("POST flowmill/1/runs/move", { run_ids: ids.slice(start, start + MOST_AT_ONCE), experiment_id: experimentId });
    made.push(...(moves ?? []));
  }
  return made;
}

/** What goes back where, so that moves are undone: a group of runs for each experiment. */
export function backwards(moves: Move[]): { experimentId: string; ids: string[] }[] {
  const groups = new Map<string, string[]>();
  for (const { run_id: id, from_experiment_id: from } of moves) groups.set(from, [...(groups.get(from) ?? []), id]);
  return [...groups].map(([experimentId, ids]) => ({ experimentId, ids }));
}

/** Moves runs into an experiment, with all below them; the answer says from where. Or takes such moves back. */
export function useMoveRuns() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (wish: { ids: string[]; experimentId: string } | { undo: Move[] }): Promise<Move[]> => {
      if (!("undo" in wish)) return moveTo(wish.ids, wish.experimentId);
      const made: Move[] = [];
      for (const { experimentId, ids } of backwards(wish.undo)) made.push(...(await moveTo(ids, experimentId)));
      return made;
    },
    onSettled: () => cache.invalidateQueries({ queryKey: runKeys.all }),
  });
}
