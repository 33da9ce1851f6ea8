import { expect, test } from "vitest";

import type { Root } from "./artifactRoots";
import { type FolderKnown, treeLines } from "./treeLines";

const OWN: Root = { name: "", place: { kind: "run", runId: "r" } };
const MODEL: Root = { name: "churn", place: { kind: "model", modelId: "m" } };

function drawn(folders: Record<string, FolderKnown>, open: string[]) {
  const { lines, read } = treeLines([OWN, MODEL], ({ root, path }) => folders[`${root.name}:${path}`], (urlPath) => open.includes(urlPath));
  return { lines: lines.map((line) => `${"  ".repeat(line.depth)}${line.kind} ${line.urlPath}`), read: read.map(({ root, path }) => `${root.name}:${path}`) };
}

const TOP: FolderKnown = [
  { path: "churn", is_dir: true },
  { path: "plots", is_dir: true },
  { path: "notes.md", is_dir: false, file_size: 3 },
];

test("folders are read when they are opened, and a model's folder is shown once", () => {
  expect(drawn({ ":": TOP }, [])).toEqual({ lines: ["folder plots", "file notes.md", "model churn"], read: [":"] });
  expect(drawn({ ":": TOP, "churn:": [{ path: "data/x", is_dir: false }] }, ["plots", "churn"])).toEqual({
    lines: ["folder plots", "  loading plots", "file notes.md", "model churn", "  file churn/data/x"],
    read: [":", ":plots", "churn:"],
  });
});

test("what could not be read and what is empty is said where its entries would be", () => {
  expect(drawn({ ":": [{ path: "a", is_dir: true }, { path: "b", is_dir: true }], ":a": "failed", ":b": [] }, ["a", "b"]).lines).toEqual([
    "folder a",
    "  failed a",
    "folder b",
    "  empty b",
    "model churn",
  ]);
  expect(drawn({ ":": [] }, []).lines).toEqual(["model churn"]);
});
