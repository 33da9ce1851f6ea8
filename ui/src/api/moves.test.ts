import { expect, test } from "vitest";

import { backwards } from "./moves";

test("moves are undone experiment by experiment", () => {
  const move = (run_id: string, from_experiment_id: string) => ({ run_id, from_experiment_id, to_experiment_id: "9", moved_at: 1 });
  expect(backwards([move("a", "1"), move("b", "2"), move("c", "1")])).toEqual([
    { experimentId: "1", ids: ["a", "c"] },
    { experimentId: "2", ids: ["b"] },
  ]);
  expect(backwards([])).toEqual([]);
});
