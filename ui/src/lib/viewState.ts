/** What the address says about a page. Values come from links that anybody may have written, so each is checked. */

import type { ChartArrangement } from "./chartSections";
import { sizesOf } from "./chartSizes";
import { MOST_CHOICES, type MostDrawn } from "./drawnRuns";
import { type Narrowing, REGISTERED, timeRange } from "./narrow";
import type { Spacing } from "./scales";
import { type Smoothing, SMOOTHINGS } from "./smoothing";

type Raw = Record<string, unknown>;

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value || undefined : typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

function texts(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return [...new Set(value.flatMap((each) => text(each) ?? []))];
}

function oneOf<T extends string>(value: unknown, choices: readonly T[]): T | undefined {
  return choices.find((choice) => choice === value);
}

const EXPERIMENT_TABS = ["runs", "charts", "images"] as const;
export const COMPARE_TABS = ["overview", "table", "parallel", "scatter", "box", "contour", "curves", "images", "files"] as const;

/** Names of MLflow's page that are read once and leave the address, or what they say could not be undone. */
type Translated<Names extends string> = { [name in Names]?: undefined };

/** The names that MLflow's page uses are kept, so that its links open the same view here. */
export interface ExperimentSearch extends Narrowing, Translated<"datasetsFilter" | "compareRunsMode"> {
  /** A view for everybody, by its name: it is read once, and what it says stands in the address from then on. */
  view?: string;
  searchFilter?: string;
  orderByKey?: string;
  orderByAsc?: boolean;
  lifecycleFilter?: "Active" | "Deleted";
  cols?: string[];
  runs?: string[];
  tab?: (typeof EXPERIMENT_TABS)[number];
  /** The columns by whose values runs are grouped. */
  group?: string[];
  /** Which runs and groups are unfolded. */
  open?: string[];
  /** Nested runs stand among the others instead of below their parents. */
  flat?: boolean;
  /** Only the runs with a star. */
  starred?: boolean;
  /** Only columns in which the runs differ. */
  differences?: boolean;
  /** Runs that stay on top of the table and are drawn in any case, and those that no chart draws. */
  pinnedRuns?: string[];
  hiddenRuns?: string[];
  /** Columns that stay in sight, and those that were made wider or narrower, in px. */
  pinned?: string[];
  widths?: Record<string, number>;
}

function widths(value: unknown): Record<string, number> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const known = Object.entries(value).flatMap(([id, width]): [string, number][] =>
    typeof width === "number" && Number.isFinite(width) ? [[id, Math.round(Math.min(900, Math.max(48, width)))]] : [],
  );
  return known.length > 0 ? Object.fromEntries(known) : undefined;
}

/** More rows than these on top would leave no room for the others. */
export const MOST_PINNED = 8;

const GROUPED_BY = /^(params\..+|tags\..+|attributes\.(status|user_id))$/s;

export function experimentSearch(raw: Raw): ExperimentSearch {
  return {
    view: text(raw["view"]),
    searchFilter: text(raw["searchFilter"]),
    orderByKey: text(raw["orderByKey"]),
    orderByAsc: raw["orderByAsc"] === true ? true : undefined,
    startTime: timeRange(text(raw["startTime"])),
    data: some(texts(raw["data"])) ?? some(datasetsOfMlflow(text(raw["datasetsFilter"]))),
    modelVersionFilter: oneOf(raw["modelVersionFilter"], REGISTERED),
    versions: some(texts(raw["versions"])),
    lifecycleFilter: oneOf(raw["lifecycleFilter"], ["Deleted"] as const),
    cols: texts(raw["cols"]),
    runs: texts(raw["runs"]),
    tab: oneOf(raw["tab"], ["charts", "images"] as const) ?? (raw["compareRunsMode"] === "CHART" ? "charts" : undefined),
    group: some(texts(raw["group"])?.filter((column) => GROUPED_BY.test(column)).slice(0, 5)),
    open: some(texts(raw["open"])),
    flat: raw["flat"] === true ? true : undefined,
    starred: raw["starred"] === true ? true : undefined,
    differences: raw["differences"] === true ? true : undefined,
    pinnedRuns: some(texts(raw["pinnedRuns"])?.slice(0, MOST_PINNED)),
    hiddenRuns: some(texts(raw["hiddenRuns"])),
    pinned: some(texts(raw["pinned"])),
    widths: widths(raw["widths"]),
    datasetsFilter: undefined,
    compareRunsMode: undefined,
  };
}

/** Datasets as MLflow's page names them in its addresses: as JSON in base64, each with its name, digest and context. */
function datasetsOfMlflow(encoded: string | undefined): string[] | undefined {
  if (!encoded) return undefined;
  try {
    const bytes = Uint8Array.from(atob(encoded.replaceAll(" ", "+")), (letter) => letter.charCodeAt(0));
    const found: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return Array.isArray(found)
      ? [...new Set(found.flatMap((each: Raw | null) => (typeof each?.["name"] === "string" && typeof each["digest"] === "string" ? [`${each["digest"]} ${each["name"]}`] : [])))]
      : undefined;
  } catch {
    return undefined;
  }
}

function some(list: string[] | undefined): string[] | undefined {
  return list && list.length > 0 ? list : undefined;
}

export interface CompareSearch {
  runs: string[];
  experiments: string[];
  tab?: (typeof COMPARE_TABS)[number];
  differences?: boolean;
  axes?: string[];
  colour?: string;
  x?: string;
  y?: string;
  /** How numbers are spread along a side, if that is not left to what they are. */
  xscale?: Spacing;
  yscale?: Spacing;
  scales?: Record<string, Spacing>;
  /** The colours the other way round. */
  flip?: boolean;
}

/** Which folder and file of runs are compared, and which two of them line by line. */
export interface FilesSearch {
  dir?: string;
  file?: string;
  left?: string;
  right?: string;
}

export function filesSearch(raw: Raw): FilesSearch {
  return { dir: text(raw["dir"]), file: text(raw["file"]), left: text(raw["left"]), right: text(raw["right"]) };
}

export const SPACINGS = ["linear", "log", "symlog"] as const satisfies Spacing[];

const MOST_SPREAD = 100;

/** How numbers are spread, by the column that they are of. */
export function spacings(raw: unknown): Record<string, Spacing> | undefined {
  if (typeof raw !== "object" || raw === null) return undefined;
  const found = Object.entries(raw).flatMap(([id, value]) => SPACINGS.flatMap((each) => (each === value ? [[id, each] as const] : [])));
  return found.length > 0 ? Object.fromEntries(found.slice(0, MOST_SPREAD)) : undefined;
}

export function compareSearch(raw: Raw): CompareSearch {
  return {
    runs: texts(raw["runs"]) ?? [],
    experiments: texts(raw["experiments"]) ?? [],
    tab: oneOf(raw["tab"], COMPARE_TABS.filter((tab) => tab !== "overview")),
    differences: raw["differences"] === true ? true : undefined,
    axes: texts(raw["axes"]),
    colour: text(raw["colour"]),
    x: text(raw["x"]),
    y: text(raw["y"]),
    xscale: oneOf(raw["xscale"], SPACINGS),
    yscale: oneOf(raw["yscale"], SPACINGS),
    scales: spacings(raw["scales"]),
    flip: raw["flip"] === true ? true : undefined,
  };
}

export interface ListSearch {
  q?: string;
  deleted?: boolean;
}

export function listSearch(raw: Raw): ListSearch {
  return { q: text(raw["q"]), deleted: raw["deleted"] === true ? true : undefined };
}

export const MODEL_ORDERS = ["name", "-name", "changed", "-changed"] as const;

/** The list of registered models: what is searched, and by what it is ordered ("-changed": last changed first). */
export interface ModelListSearch {
  q?: string;
  sort?: (typeof MODEL_ORDERS)[number];
}

export function modelListSearch(raw: Raw): ModelListSearch {
  return { q: text(raw["q"]), sort: oneOf(raw["sort"], MODEL_ORDERS) };
}

export const CHANGE_KINDS = ["alias", "version", "tag", "description", "stage", "name"] as const;

/** How the list of experiments is sorted; last changed first if nothing is said. */
export interface ExperimentsSearch extends ListSearch {
  sort?: ExperimentSort;
  asc?: boolean;
}

export type ExperimentSort = (typeof EXPERIMENT_SORTS)[number];
const EXPERIMENT_SORTS = ["name", "creation_time", "last_update_time"] as const;

export function experimentsSearch(raw: Raw): ExperimentsSearch {
  return { ...listSearch(raw), sort: oneOf(raw["sort"], EXPERIMENT_SORTS), asc: raw["asc"] === true ? true : undefined };
}

export interface ModelSearch {
  tab?: "history";
  /** Which changes of its history are shown. */
  kind?: (typeof CHANGE_KINDS)[number];
  /** Which alias is looked up, and at which moment, as an input of type datetime-local writes it. */
  alias?: string;
  at?: string;
}

export function modelSearch(raw: Raw): ModelSearch {
  return {
    tab: oneOf(raw["tab"], ["history"] as const),
    kind: oneOf(raw["kind"], CHANGE_KINDS),
    alias: text(raw["alias"]),
    at: text(raw["at"]),
  };
}

/** The models that the runs of an experiment logged. */
export interface LoggedModelsSearch extends Translated<"viewMode"> {
  filter?: string;
  /** A metric or an attribute; "-metrics.loss" is descending. */
  sort?: string;
  view?: "charts";
  cols?: string[];
  /** The column by which the models are put into groups, and the values of those that are unfolded, as JSON. */
  group?: string;
  open?: string[];
}

export function loggedModelsSearch(raw: Raw): LoggedModelsSearch {
  return {
    filter: text(raw["filter"]),
    sort: text(raw["sort"]),
    view: oneOf(raw["view"], ["charts"] as const) ?? (raw["viewMode"] === "CHART" ? "charts" : undefined),
    cols: texts(raw["cols"]),
    group: text(raw["group"]),
    open: some(texts(raw["open"])),
    viewMode: undefined,
  };
}

export interface CompareVersionsSearch extends Translated<"runs"> {
  name: string;
  versions: string[];
  differences?: boolean;
}

export function compareVersionsSearch(raw: Raw): CompareVersionsSearch {
  // MLflow's page names the run of each version.
  const runs = typeof raw["runs"] === "object" && raw["runs"] !== null && !Array.isArray(raw["runs"]) ? Object.keys(raw["runs"]) : [];
  return { name: text(raw["name"]) ?? "", versions: texts(raw["versions"]) ?? runs, differences: raw["differences"] === true ? true : undefined, runs: undefined };
}

/** What charts of metrics run along: steps, times, or another metric of the same run. */
export type ChartX = "step" | "time" | "relative" | `metrics.${string}`;

/**
 * What the band around a group of runs shows: their standard deviation, where their mean lies with a confidence of 95 %,
 * the middle half of them (around their median), or from the least to the greatest.
 */
export type Band = "deviation" | "confidence" | "quartiles" | "range" | "none";

export type LogAxis = boolean | "symlog";

/** How the histories of metrics are drawn in a chart. */
export interface ChartLook {
  smooth?: number;
  /** What smooths, if it is not an exponential average. */
  smoothing?: Smoothing;
  /** A logarithmic vertical axis; "symlog": one that is so on both sides of zero. */
  log?: LogAxis;
  /** A logarithmic horizontal axis. */
  xlog?: boolean;
  /** The few highest and lowest values do not decide how high a chart is. */
  trim?: boolean;
  /** Whether each point is marked; where nothing is said, those of short curves are. */
  points?: "on" | "off";
  axis?: ChartX;
  /** The run whose values are taken away from those of the others. */
  minus?: string;
  band?: Exclude<Band, "deviation">;
  /** What runs hide since they were taken up again from an earlier step is drawn faintly. */
  hidden?: boolean;
}

/** Where a link of MLflow's page to the plot of metrics leads: to the curves of these runs. */
export function metricLink(raw: Raw): { runs: string[]; experiments: string[]; search: ChartSearch } {
  const metrics = texts(raw["plot_metric_keys"]) ?? texts([raw["metric"]]) ?? [];
  const smoothness = typeof raw["line_smoothness"] === "number" ? raw["line_smoothness"] : 1;
  return {
    runs: texts(raw["runs"]) ?? [],
    experiments: texts(raw["experiments"]) ?? [],
    search: chartSearch({
      smooth: (smoothness - 1) / 100,
      log: raw["y_axis_scale"] === "log",
      axis: raw["x_axis"] === "wall" ? "time" : raw["x_axis"],
      ...(metrics.length === 1 ? { large: metrics[0] } : { pins: metrics }),
    }),
  };
}

/** What a chart runs along, and from where to where. */
export type Zoom = [axis: string, from: number, to: number];

/** The charts of a page: how they are drawn, how they stand, and which one has the window to itself. */
export interface ChartSearch extends ChartLook, ChartArrangement {
  /** By the ids of charts, which stretch of what they run along is looked at closely. */
  zoom?: Record<string, Zoom>;
  q?: string;
  large?: string;
  /** What older links say of sizes is told by `sizes`, and from then on not said any more. */
  wide?: undefined;
  /** Of how many runs curves are drawn, if more than usual. */
  most?: MostDrawn;
}

export function chartSearch(raw: Raw): ChartSearch {
  const smooth = typeof raw["smooth"] === "number" ? Math.min(0.99, Math.max(0, raw["smooth"])) : 0;
  return {
    q: text(raw["q"]),
    smooth: smooth || undefined,
    smoothing: oneOf(raw["smoothing"], SMOOTHINGS.slice(1)),
    log: raw["log"] === true ? true : oneOf(raw["log"], ["symlog"] as const),
    xlog: raw["xlog"] === true ? true : undefined,
    trim: raw["trim"] === true ? true : undefined,
    points: oneOf(raw["points"], ["on", "off"] as const),
    axis: chartX(raw["axis"]),
    minus: text(raw["minus"]),
    band: oneOf(raw["band"], ["confidence", "quartiles", "range", "none"] as const),
    hidden: raw["hidden"] === true ? true : undefined,
    pins: some(texts(raw["pins"])),
    order: some(texts(raw["order"])),
    sections: sectionTitles(raw["sections"]),
    closed: sectionTitles(raw["closed"]),
    cards: Array.isArray(raw["cards"]) && raw["cards"].length > 0 ? (raw["cards"] as object[]) : undefined,
    own: sectionTitles(raw["own"]),
    sizes: sizesOf(raw),
    wide: undefined,
    gone: some(texts(raw["gone"])),
    large: text(raw["large"]),
    zoom: zoomOf(raw["zoom"]),
    most: MOST_CHOICES.find((each) => each === raw["most"]),
  };
}

/** Charts of one run; of a run with many ranks a chart has a curve for each of them, unless they are looked at apart. */
export interface RunChartSearch extends ChartSearch {
  ranks?: "apart";
}

export function runChartSearch(raw: Raw): RunChartSearch {
  return { ...chartSearch(raw), ranks: oneOf(raw["ranks"], ["apart"] as const) };
}

/** Which series of pictures are shown, and at which step. */
export interface ImageSearch {
  images?: string[];
  step?: number;
  /** Whether pictures are laid over those of one run, and which run that is; the first if none is named. */
  overlay?: Overlay;
  against?: string;
}

/** Two pictures in one place: uncovered by an edge, faded into each other, or only what differs. */
export type Overlay = (typeof OVERLAYS)[number];
const OVERLAYS = ["swipe", "fade", "difference"] as const;

export function imageSearch(raw: Raw): ImageSearch {
  const step = raw["step"];
  return {
    images: texts(raw["images"]),
    step: typeof step === "number" && Number.isSafeInteger(step) ? step : undefined,
    overlay: oneOf(raw["overlay"], OVERLAYS),
    against: text(raw["against"]),
  };
}

/** The section of metrics without a prefix has an empty title. */
function sectionTitles(value: unknown): string[] | undefined {
  return Array.isArray(value) ? some([...new Set(value.filter((each) => typeof each === "string"))]) : undefined;
}

const MOST_ZOOMED = 50;

function zoomOf(value: unknown): Record<string, Zoom> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const known = Object.entries(value).flatMap(([id, zoom]): [string, Zoom][] => {
    const [axis, from, to]: unknown[] = Array.isArray(zoom) ? zoom : [];
    return typeof axis === "string" && typeof from === "number" && typeof to === "number" && from < to ? [[id, [axis, from, to]]] : [];
  });
  return known.length > 0 ? Object.fromEntries(known.slice(0, MOST_ZOOMED)) : undefined;
}

function chartX(value: unknown): ChartX | undefined {
  return typeof value === "string" && /^metrics\../s.test(value) ? (value as ChartX) : oneOf(value, ["time", "relative"] as const);
}

/** The address of an experiment: its table, its charts and its pictures. */
export type ExperimentLook = ExperimentSearch & ChartSearch & ImageSearch;

export function experimentLook(raw: Raw): ExperimentLook {
  return { ...imageSearch(raw), ...chartSearch(raw), ...experimentSearch(raw) };
}

/** The address of the runs of several experiments. */
export function severalLook(raw: Raw): ExperimentLook & { experiments: string[] } {
  const experiments = (texts(raw["experiments"]) ?? []).filter((id) => /^\d+$/.test(id)).slice(0, 100);
  return { ...experimentLook(raw), experiments };
}
