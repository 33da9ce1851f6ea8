import { type ExperimentLook, experimentLook } from "./viewState";

/** Which fields of an address are how an experiment looks, and so belong to a named view. */
const ARRANGEMENT = [
  "searchFilter",
  "startTime",
  "data",
  "modelVersionFilter",
  "versions",
  "orderByKey",
  "orderByAsc",
  "cols",
  "group",
  "flat",
  "starred",
  "differences",
  "pinnedRuns",
  "hiddenRuns",
  "pinned",
  "widths",
  "tab",
  "q",
  "smooth",
  "smoothing",
  "log",
  "xlog",
  "trim",
  "points",
  "axis",
  "minus",
  "band",
  "hidden",
  "pins",
  "order",
  "sections",
  "closed",
  "cards",
  "own",
  "sizes",
  "gone",
  "zoom",
  "most",
  "images",
  "step",
  "overlay",
  "against",
] as const satisfies (keyof ExperimentLook)[];

export interface NamedView {
  name: string;
  search: ExperimentLook;
}

/** Where this browser keeps the views of an experiment. */
export function viewsKey(experimentId: string): string {
  return `flowmill.views.${experimentId}`;
}

/** Tags of an experiment: a view for everybody, by name, and the name of the one with which the experiment opens. */
export const VIEW_TAG = "flowmill.view.";
export const DEFAULT_VIEW_TAG = "flowmill.defaultView";

type Tags = readonly { key: string; value: string }[];

/** The views of an experiment that everybody sees. */
export function sharedViews(tags: Tags): NamedView[] {
  return namedViews(tags.flatMap(({ key, value }) => (key.startsWith(VIEW_TAG) ? [{ name: key.slice(VIEW_TAG.length), search: parsed(value) }] : [])));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The view with which an experiment opens, if one is chosen. */
export function defaultView(tags: Tags): NamedView | undefined {
  const name = tags.find(({ key }) => key === DEFAULT_VIEW_TAG)?.value;
  return name === undefined ? undefined : sharedViews(tags).find((view) => view.name === name);
}

/** Whether an address says anything of how the experiment looks. */
export function isArranged(search: ExperimentLook): boolean {
  return ARRANGEMENT.some((key) => search[key] !== undefined);
}

/** The part of an address that a view keeps: how the table looks, not what is ticked in it. */
export function arrangement(search: ExperimentLook): ExperimentLook {
  return Object.fromEntries(ARRANGEMENT.flatMap((key) => (search[key] === undefined ? [] : [[key, search[key]]])));
}

/** The views that were kept, by name; what is not one is left out. */
export function namedViews(stored: unknown): NamedView[] {
  if (!Array.isArray(stored)) return [];
  return stored
    .flatMap((each: unknown): NamedView[] => {
      if (typeof each !== "object" || each === null) return [];
      const { name, search } = each as Record<string, unknown>;
      if (typeof name !== "string" || typeof search !== "object" || search === null) return [];
      return [{ name, search: arrangement(experimentLook(search as Record<string, unknown>)) }];
    })
    .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}

export function withView(views: NamedView[], view: NamedView): NamedView[] {
  return [...views.filter((each) => each.name !== view.name), view];
}

/** Whether an address shows this view. */
export function isShown(view: NamedView, search: ExperimentLook): boolean {
  return ARRANGEMENT.every((key) => JSON.stringify(view.search[key]) === JSON.stringify(search[key]));
}

/** The address without its arrangement, to which a view is then applied. */
export function withoutArrangement(): Record<(typeof ARRANGEMENT)[number], undefined> {
  return Object.fromEntries(ARRANGEMENT.map((key) => [key, undefined])) as Record<(typeof ARRANGEMENT)[number], undefined>;
}
