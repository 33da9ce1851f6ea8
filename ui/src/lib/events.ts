import type { EventName, RegistryEvent } from "../api/schema";

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
      if (after === undefined) return `${what}: tag ${key} removed, was ${quoted(before)}`;
      return before === undefined ? `${what}: tag ${key} is ${quoted(after)}` : `${what}: tag ${key} from ${quoted(before)} to ${quoted(after)}`;
    case "stage":
      return `${what}: stage from ${before ?? "None"} to ${after ?? "None"}`;
    case "description":
      return `${what}: ${after ? (before ? "description changed" : "described") : "description removed"}`;
  }
}

function quoted(text: string | undefined): string {
  return text === undefined || text === "" ? "empty" : `“${text}”`;
}
