import type { RunColumns, RunRow } from "../api/schema";
import { BY_RUN, type Card } from "./cards";
import type { ColumnId } from "./columns";
import { numberIn, shortNumber } from "./numbers";
import { coloursApart, scaleColour } from "./palette";
import { axisFor, share, type Spacing, type Value } from "./scales";
import { defaultAxes, defaultColour, defaultSides, type Plottable, valuesOf } from "./values";

/** What a card of runs is drawn from; a side that is null has nothing to be drawn. */
export interface PlotSides {
  x: ColumnId | null;
  y: ColumnId | null;
  /** What the runs are coloured by, or what a contour is of; null: a colour for each run. */
  colour: ColumnId | null;
  axes: ColumnId[];
}

/** More metrics or parameters than this are chosen one by one. */
const MOST_DIFFERENCES = 20;

/** What a card shows: what was chosen for it if the runs have that, else what tells most. `runs`: how many there are. */
export function plotSides(card: Card, all: Plottable[], runs: number): PlotSides {
  const known = new Map(all.map((each) => [each.id, each]));
  const wished = (id: ColumnId | undefined) => (id !== undefined && known.has(id) ? id : undefined);
  const usual = defaultSides(all);
  const y = wished(card.y) ?? usual.y;
  // Two or three runs are told apart by their own colours; a crowd by how well each did.
  const colour = card.colour === BY_RUN ? null : (wished(card.colour) ?? (runs > 3 ? defaultColour(all) : null));
  if (card.kind === "contour") {
    const plain = all.filter((each) => each.numeric !== false && each.differs);
    const of = colour ?? usual.y;
    const across = numericSide(plain, card.x, [], of);
    const up = numericSide(plain, card.y, [across], of);
    return { x: across ?? null, y: up ?? null, colour: of, axes: [] };
  }
  if (card.kind === "box") return { x: wished(card.x) ?? boxSide(all, y) ?? usual.x, y, colour: null, axes: [] };
  if (card.kind === "parallel") {
    return { x: null, y: null, colour, axes: card.axes?.filter((id) => known.has(id)) ?? defaultAxes(all, runs) };
  }
  return { x: wished(card.x) ?? usual.x, y, colour, axes: [] };
}

/** The parameter that groups the runs best: few values, several runs for each. */
function boxSide(all: Plottable[], y: ColumnId | null): ColumnId | undefined {
  return all.filter((each) => each.group === "params" && each.id !== y && each.differs).sort((a, b) => a.values - b.values)[0]?.id;
}

/** The wished number if it is one and not taken; otherwise the parameter with the most values, or a metric, rather than what is drawn over them. */
function numericSide(plain: Plottable[], wished: string | undefined, taken: (ColumnId | undefined)[], drawn: ColumnId | null): ColumnId | undefined {
  const left = plain.filter((each) => !taken.includes(each.id));
  const other = left.filter((each) => each.id !== drawn).sort((a, b) => Number(a.group === "metrics") - Number(b.group === "metrics") || b.values - a.values);
  return (left.find((each) => each.id === wished) ?? other.find((each) => each.numeric) ?? other[0] ?? left[0])?.id;
}

/** Which columns of the runs a card needs. */
export function neededColumns(card: Card, all: Plottable[], runs: number): ColumnId[] {
  switch (card.kind) {
    case "lines":
    case "images":
      return [];
    case "bars":
      return barMetrics(card, all).map((key) => `metrics.${key}`);
    case "difference":
      return differingRows(card, all);
    default: {
      const { x, y, colour, axes } = plotSides(card, all, runs);
      return [x, y, colour, ...axes].filter((id) => id !== null);
    }
  }
}

/** The metrics of bars: the chosen ones, or the first one in which the runs differ. */
export function barMetrics(card: Card, all: Plottable[]): string[] {
  const metrics = all.filter((each) => each.group === "metrics");
  const first = metrics.find((each) => each.differs) ?? metrics[0];
  return card.metrics ?? (first ? [first.title] : []);
}

/** What a difference tells: the chosen metrics, or the metrics and parameters that differ. */
export function differingRows(card: Card, all: Plottable[]): ColumnId[] {
  if (card.metrics) return card.metrics.map((key) => `metrics.${key}`);
  return (["metrics", "params"] as const).flatMap((group) =>
    all
      .filter((each) => each.group === group && each.differs && !each.title.startsWith("system/"))
      .slice(0, MOST_DIFFERENCES)
      .map((each) => each.id),
  );
}

/** What can be plotted of runs of which only some columns were fetched; `rows` show what is a number. */
export function plottablesOf(known: RunColumns | undefined, rows: RunRow[]): Plottable[] {
  if (!known) return [];
  const total = Math.max(0, ...[...known.params, ...known.metrics].map((column) => column.runs));
  const of = (group: "params" | "metrics") =>
    [...known[group]]
      .sort((a, b) => Number(a.key.includes("/")) - Number(b.key.includes("/")) || a.key.localeCompare(b.key, "en", { numeric: true }))
      .map(({ key, runs, distinct }): Plottable => {
        const texts = group === "metrics" ? [] : rows.flatMap((row) => row.params[key] ?? []);
        const numeric = group === "metrics" ? true : texts.length === 0 ? undefined : texts.every((text) => numberIn(text) !== null);
        return { id: `${group}.${key}`, title: key, group, present: runs, differs: distinct > 1 || runs < total, values: distinct, numeric };
      });
  return [...of("params"), ...of("metrics")];
}

/** The colour of each run, and what the colours say. */
export interface Colouring {
  colours: string[];
  scale?: { title: string; low: string; high: string; stops: string[] };
  legend?: { name: string; colour: string }[] | undefined;
}

const STOPS = [0, 0.25, 0.5, 0.75, 1];
/** There are as many colours that can be told apart. */
const MOST_WORDS = 10;

/** Runs coloured along a scale by a number, or each word in a colour of its own; those without a value are grey. */
export function colouring(id: ColumnId | null, runs: RunRow[], own: string[], dark: boolean, flip = false, spacing?: Spacing): Colouring {
  if (id === null) return { colours: own };
  const grey = dark ? "#8a8f90" : "#8a857c";
  const values = valuesOf(runs, id);
  const axis = axisFor(values, spacing);
  const title = id.slice(id.indexOf(".") + 1);
  if (axis.kind === "number") {
    const first = values.find((value) => value !== null && Number.isFinite(value));
    const isOne = values.every((value) => value === null || !Number.isFinite(value) || value === first);
    const colourAt = (at: number) => scaleColour(flip ? 1 - at : at, dark);
    return {
      colours: values.map((value) => {
        const at = share(axis, value);
        return at === null ? grey : colourAt(at);
      }),
      ...(isOne
        ? { legend: [{ name: `${title} ${shortNumber(Number(first))}`, colour: colourAt(0.5) }] }
        : { scale: { title, low: shortNumber(axis.low), high: shortNumber(axis.high), stops: STOPS.map(colourAt) } }),
    };
  }
  const words = axis.words.slice(0, MOST_WORDS);
  const byWord = coloursApart(words, dark);
  const rest: { name: string; colour: string }[] = values.some((value) => value === null || !byWord.has(String(value))) ? [{ name: axis.words.length > words.length ? "others" : "no value", colour: grey }] : [];
  return {
    colours: values.map((value: Value) => (value === null ? grey : (byWord.get(String(value)) ?? grey))),
    legend: [...words.map((word) => ({ name: word, colour: byWord.get(word)! })), ...rest],
  };
}
