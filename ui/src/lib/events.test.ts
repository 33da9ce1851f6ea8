import { expect, test } from "vitest";

import type { RegistryEvent, RunChange } from "../api/schema";
import { changeText, eventText, runChangeText } from "./events";

const event = (fields: Partial<RegistryEvent>): RegistryEvent => ({ event_id: 1, time: 0, name: "m", model: 1, kind: "tag", ...fields });

test("a change is told in words", () => {
  expect(changeText(event({ kind: "alias", key: "prod", version: "3", before: "2", after: "3" }))).toBe("@prod moved from version 2 to 3");
  expect(changeText(event({ kind: "alias", key: "prod", version: "2", before: "2" }))).toBe("@prod was taken from version 2");
  expect(changeText(event({ kind: "version", version: "2", after: "2" }))).toBe("Version 2 was registered");
  expect(changeText(event({ key: "team", before: "a", after: "" }))).toBe("The model: tag team from “a” to empty");
  expect(changeText(event({ kind: "description", version: "1", after: "x" }))).toBe("Version 1: described");
  expect(changeText(event({ kind: "name", before: "a", after: "b" }))).toBe("Renamed from a to b");
});

test("an event of a webhook has a name even when it is new to this page", () => {
  expect(eventText({ entity: "MODEL_VERSION", action: "CREATED" })).toBe("A version is registered");
  expect(eventText({ entity: "BUDGET_POLICY", action: "EXCEEDED" })).toBe("budget_policy.exceeded");
});

test("a change of a run is told in words", () => {
  const told = (fields: Partial<RunChange>) => runChangeText({ time: 0, kind: "tag", ...fields });
  expect(told({ kind: "name", before: "a", after: "b" })).toBe("Renamed from a to b");
  expect(told({ key: "team", before: "red" })).toBe("Tag team removed, was “red”");
  expect(told({ key: "team", after: "red" })).toBe("Tag team is “red”");
  expect(told({ kind: "description", before: "x", after: "" })).toBe("Description removed");
  expect(told({ kind: "status", before: "FAILED", after: "RUNNING" })).toBe("Taken up again, was failed");
  expect(told({ kind: "status", before: "FAILED", after: "FINISHED" })).toBe("Status from failed to finished");
  expect(told({ kind: "lifecycle", before: "deleted", after: "active" })).toBe("Restored");
});
