import type { EventName, RegistryEvent, RunChange } from "../api/schema";

/** Letters of a tag's value that a line of history has room for. */
const LONGEST_SHOWN = 160;

/** The registry's events that a webhook can be told of, in the words of people. */
export const WEBHOOK_EVENTS: { event: EventName; text: string }[] = [
  { event: { entity: "REGISTERED_MODEL", action: "CREATED" }, text: "A model is created" },
  { event: { entity: "MODEL_VERSION", action: "CREATED" }, text: "A version is registered" },
  { event: { entity: "MODEL_VERSION_ALIAS", action: "CREATED" }, text: "An alias is set" },
  { event: { entity: "MODEL_VERSION_ALIAS", action: "DELETED" }, text: "An alias is removed" },
  { event: { entity: "MODEL_VERSION_TAG", action: "SET" }, text: "A version's tag is set" },
  { event: { entity: "MODEL_VERSION_TAG", action: "DELETED" }, text: "A version's tag is removed" },
];

export function sameEvent(a: EventName, b: EventName): boolean {
  return a.entity === b.entity && a.action === b.action;
}

/** An event in words; one that this page does not offer is named as the wire names it. */
export function eventText(event: EventName): string {
  return WEBHOOK_EVENTS.find((each) => sameEvent(each.event, event))?.text ?? `${event.entity}.${event.action}`.toLowerCase();
}

/** What a change of the registry was, without who and when. */
export function changeText(event: RegistryEvent): string {
  const what = event.version === undefined ? "The model" : `Version ${event.version}`;
  const { before, after, key } = event;
  switch (event.kind) {
    case "model":
      return after === undefined ? "The model was deleted" : "The model was created";
    case "version":
      return `${what} was ${after === undefined ? "deleted" : "registered"}`;
    case "name":
      return `Renamed from ${before ?? ""} to ${after ?? ""}`;
    case "alias":
      if (after === undefined) return `@${key} was taken from version ${before ?? ""}`;
      return before === undefined ? `@${key} points at version ${after}` : `@${key} moved from version ${before} to ${after}`;
    case "tag":
      return `${what}: ${tagText(event)}`;
    case "stage":
      return `${what}: stage from ${before ?? "None"} to ${after ?? "None"}`;
    case "description":
      return `${what}: ${descriptionText(event)}`;
  }
}

/** What a change of a run was, without who and when. */
export function runChangeText(change: RunChange): string {
  const { before = "", after = "" } = change;
  switch (change.kind) {
    case "name":
      return `Renamed from ${before} to ${after}`;
    case "description":
      return capital(descriptionText(change));
    case "tag":
      return capital(tagText(change));
    case "status":
      return after === "RUNNING" || after === "SCHEDULED" ? `Taken up again, was ${before.toLowerCase()}` : `Status from ${before.toLowerCase()} to ${after.toLowerCase()}`;
    case "lifecycle":
      return after === "deleted" ? "Deleted" : "Restored";
    case "experiment":
      return `Moved from experiment ${before} to ${after}`;
  }
}

interface Changed {
  key?: string;
  before?: string;
  after?: string;
}

function tagText({ key = "", before, after }: Changed): string {
  if (after === undefined) return `tag ${key} removed, was ${quoted(before)}`;
  return before === undefined ? `tag ${key} is ${quoted(after)}` : `tag ${key} from ${quoted(before)} to ${quoted(after)}`;
}

function descriptionText({ before, after }: Changed): string {
  if (!after) return "description removed";
  return before ? "description changed" : "described";
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function quoted(text: string | undefined): string {
  if (!text) return "empty";
  return `“${text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text}”`;
}
