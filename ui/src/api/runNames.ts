import { queryOptions } from "@tanstack/react-query";

import { rowsOf, runKeys } from "./runRows";
import type { RunRow } from "./schema";

type Answer = { resolve: (row: RunRow | null) => void; reject: (error: unknown) => void };

/** As many runs as one request names. */
const MOST = 1000;
let asked = new Map<string, Answer[]>();

async function answerAll(): Promise<void> {
  const now = [...asked];
  asked = new Map();
  for (let at = 0; at < now.length; at += MOST) {
    const some = now.slice(at, at + MOST);
    try {
      const { rows } = await rowsOf(some.map(([id]) => id), [], []);
      const byId = new Map(rows.map((row) => [row.run_id, row]));
      for (const [id, answers] of some) for (const { resolve } of answers) resolve(byId.get(id) ?? null);
    } catch (error) {
      for (const [, answers] of some) for (const { reject } of answers) reject(error);
    }
  }
}

/** What a run is called and where it is, or null when it is gone. All that a page asks at once is one request. */
export function runName(id: string) {
  return queryOptions({
    queryKey: [...runKeys.all, "name", id],
    queryFn: () =>
      new Promise<RunRow | null>((resolve, reject) => {
        if (asked.size === 0) setTimeout(() => void answerAll());
        asked.set(id, [...(asked.get(id) ?? []), { resolve, reject }]);
      }),
    staleTime: 10_000,
  });
}
