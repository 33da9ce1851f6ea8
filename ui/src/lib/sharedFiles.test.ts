import { expect, test } from "vitest";

import type { RunRow } from "../api/schema";
import { modelFolders, placeOf, sharedFiles, shownPath } from "./sharedFiles";

const file = (path: string, file_size?: number) => ({ path, is_dir: file_size === undefined, ...(file_size === undefined ? {} : { file_size }) });

test("folders come first, then what most runs have", () => {
  const found = sharedFiles([
    [file("code"), file("a.txt", 1), file("b.json", 5)],
    [file("b.json", 6), file("code"), file("c.png", 2)],
  ]);
  expect(found).toEqual([
    { path: "code", isFolder: true, owners: [0, 1], differs: false },
    { path: "b.json", isFolder: false, owners: [0, 1], differs: true },
    { path: "a.txt", isFolder: false, owners: [0], differs: false },
    { path: "c.png", isFolder: false, owners: [1], differs: false },
  ]);
});

test("models stand beside the files of their runs", () => {
  const run = { run_id: "r", models: [{ model_id: "m-1", name: "net" }, { model_id: "m-2", name: "net" }] } as RunRow;
  expect(modelFolders(run)).toEqual([{ path: "models:net", is_dir: true }]);
  expect(placeOf(run, "models:net/code/a.py")).toEqual({ place: { kind: "model", modelId: "m-2" }, path: "code/a.py", above: "models:net/" });
  expect(placeOf(run, "models:other")).toBeNull();
  expect(placeOf(run, "a/b.txt")).toEqual({ place: { kind: "run", runId: "r" }, path: "a/b.txt", above: "" });
  expect(shownPath("models:net/MLmodel")).toBe("net/MLmodel");
});
