import { expect, test } from "vitest";

import { highlight } from "./highlight";
import { plainLine } from "./plainLine";
import { aliasesByVersion, aliasProblem, latestVersion } from "./registry";
import { registrationsOf, runModels } from "./runModels";

test("coloured pieces put together are the text", () => {
  const text = 'import os  # the "os"\ndef f(x: int = 3) -> str:\n    """Doc."""\n    return f"v {x}"\n';
  const tokens = highlight(text, "python");
  expect(tokens.map((token) => token.text).join("")).toBe(text);
  expect(tokens.filter((token) => token.kind === "keyword").map((token) => token.text)).toEqual(["import", "def", "return"]);
  expect(tokens.find((token) => token.kind === "comment")?.text).toBe('# the "os"');
});

test("keys of JSON and YAML are told from values", () => {
  expect(highlight('{"a": "b", "n": -1.5e3}', "json").filter((token) => token.kind === "key").map((token) => token.text)).toEqual(['"a"', '"n"']);
  expect(highlight("name: x # why\nn: 3\n", "yaml").filter((token) => token.kind === "key").map((token) => token.text)).toEqual(["name", "n"]);
});

test("a note on one line has no signs of Markdown", () => {
  expect(plainLine("## Title\n\n- **bold** [link](http://x)\n```\ncode\n```\nend", 80)).toBe("Title bold link end");
  expect(plainLine("a long text here", 8)).toBe("a long…");
});

test("aliases are checked before they are sent", () => {
  expect(aliasProblem("champion")).toBeNull();
  expect(aliasProblem("latest")).toContain("newest");
  expect(aliasProblem("v12")).toContain("version number");
  expect(aliasProblem("a b")).toContain("letters");
});

test("the latest version is the highest number", () => {
  const model = { name: "m", creation_timestamp: 0, last_updated_timestamp: 0, aliases: [{ alias: "b", version: "2" }, { alias: "a", version: "2" }] };
  const version = (number: string) => ({
    name: "m", version: number, creation_timestamp: 0, last_updated_timestamp: 0, current_stage: "None", description: "", run_link: "", status: "READY" as const,
  });
  expect(latestVersion({ ...model, latest_versions: [version("9"), version("10")] })).toBe("10");
  expect(latestVersion(model)).toBeNull();
  expect(aliasesByVersion(model).get("2")).toEqual(["a", "b"]);
});

test("a run's models are its logged ones and those that older clients noted in a tag", () => {
  const info = {
    model_id: "m-1", experiment_id: "1", name: "new", creation_timestamp_ms: 0, last_updated_timestamp_ms: 0, artifact_uri: "",
    status: "LOGGED_MODEL_READY" as const, model_type: "", source_run_id: "r",
  };
  const history = JSON.stringify([{ artifact_path: "old" }, { artifact_path: "new" }]);
  expect(runModels("r", [{ key: "mlflow.log-model.history", value: history }], [{ info, data: {} }])).toEqual([
    { name: "new", modelId: "m-1", path: "", source: "models:/m-1" },
    { name: "old", modelId: "", path: "old", source: "runs:/r/old" },
  ]);
  expect(runModels("r", [{ key: "mlflow.log-model.history", value: "not JSON" }], [])).toEqual([]);
  const tags = [{ key: "mlflow.modelVersions", value: '[{"name":"m","version":2},{"name":"m","version":"2"}]' }];
  expect(registrationsOf({ info: { ...info, tags }, data: {} })).toEqual([{ name: "m", version: "2" }]);
});
