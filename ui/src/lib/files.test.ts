import { expect, test } from "vitest";

import { locate, runRoots } from "./artifactRoots";
import { asText, extension, fileKind, imageType } from "./files";
import { fileName, folderOf } from "./paths";
import { tableInJson } from "./jsonTable";
import { sourceOf } from "./modelSource";

test("a file's kind is known from its name", () => {
  expect(fileKind("plots/roc.PNG")).toBe("image");
  expect(fileKind("model/MLmodel")).toBe("yaml");
  expect(fileKind("weights.bin")).toBe("unknown");
  expect(imageType("a/b.svg")).toBe("image/svg+xml");
  expect([fileName("a/b.c/d"), folderOf("a/b.c/d"), extension("a/b.c/d")]).toEqual(["d", "a/b.c", ""]);
});

test("bytes with a NUL or without UTF-8 are no text", () => {
  expect(asText(new TextEncoder().encode("grün"))).toBe("grün");
  expect(asText(Uint8Array.of(80, 75, 0, 4))).toBeNull();
  expect(asText(Uint8Array.from({ length: 64 }, () => 0xff))).toBeNull();
});

test("a path leads into the run's own files or into a model's", () => {
  const roots = runRoots("r1", [{ name: "iris_model", modelId: "m-1" }]);
  expect(locate(roots, "iris_model/MLmodel")).toEqual({ place: { kind: "model", modelId: "m-1" }, path: "MLmodel" });
  expect(locate(roots, "iris_model")).toEqual({ place: { kind: "model", modelId: "m-1" }, path: "" });
  expect(locate(roots, "notes/a.md")).toEqual({ place: { kind: "run", runId: "r1" }, path: "notes/a.md" });
});

test("models that share a name are told apart by their ids", () => {
  const roots = runRoots("r1", [
    { name: "model", modelId: "m-1" },
    { name: "model", modelId: "m-2" },
  ]);
  expect(roots.map((root) => root.name)).toEqual(["", "model m-1", "model m-2"]);
});

test("a table that was logged as JSON is seen as one", () => {
  expect(tableInJson({ columns: ["a", "b"], data: [[1, null], ["x", { y: 1 }]] })).toEqual([["a", "b"], ["1", ""], ["x", '{"y":1}']]);
  expect(tableInJson({ columns: ["a"], data: [[1, 2]] })).toBeNull();
  expect(tableInJson([1])).toBeNull();
});

test("a version's files are found from each way of writing its source", () => {
  expect(sourceOf({ source: "models:/m-1f" })).toEqual({ place: { kind: "model", modelId: "m-1f" }, path: "" });
  expect(sourceOf({ source: "runs:/abc/some/model" })).toEqual({ place: { kind: "run", runId: "abc" }, path: "some/model" });
  expect(sourceOf({ source: "mlflow-artifacts:/1/abc/artifacts/model", run_id: "abc" })).toEqual({ place: { kind: "run", runId: "abc" }, path: "model" });
  expect(sourceOf({ source: "s3://bucket/elsewhere" })).toBeNull();
});
