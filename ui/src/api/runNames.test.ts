import { QueryClient } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";

import { runName } from "./runNames";

test("the names of many runs are one request, and a run that is gone is null", async () => {
  const fetched = vi.fn((_url: string, options: { body: string }) => {
    const { run_ids } = JSON.parse(options.body) as { run_ids: string[] };
    return Promise.resolve(Response.json({ total: 2, rows: run_ids.filter((id) => id !== "gone").map((id) => ({ run_id: id, run_name: `run ${id}` })) }));
  });
  vi.stubGlobal("document", { baseURI: "http://server/" });
  vi.stubGlobal("fetch", fetched);
  const client = new QueryClient();
  const found = await Promise.all(["a", "gone", "b", "a"].map((id) => client.fetchQuery(runName(id))));
  expect(found.map((row) => row?.run_name)).toEqual(["run a", undefined, "run b", "run a"]);
  expect(fetched).toHaveBeenCalledTimes(1);
  vi.unstubAllGlobals();
});
