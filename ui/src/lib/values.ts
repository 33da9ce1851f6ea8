import type { RunRow } from "../api/schema";
import { columnName, type ColumnId } from "./columns";
import { plainFirst } from "./differences";
import { numberIn, toNumber } from "./numbers";
import type { Value } from "./scales";

/** What each run has for a param or metric. A param whose values are all numbers is numeric, else each text is a word. */
export function valuesOf(runs: RunRow[], id: ColumnId): Value[] {
  const { group, key } = columnName(id);
  if (group === "metrics") return runs.map((run) => (run.metrics[key] === undefined ? null : toNumber(run.metrics[key])));
  const texts = runs.map((run) => run.params[key]);
  const numbers = texts.map((text) => numberIn(text));
  const isNumeric = texts.every((text, at) => text === undefined || numbers[at] !== null);
  return texts.map((text, at) => (text === undefined ? null : isNumeric ? (numbers[at] ?? null) : text));
}

export interface Plottable {
  id: ColumnId;
  title: string;
  group: "params" | "metrics";
  /** How many runs have it. */
  present: number;
  /** Whether not all runs have the same, or not all have it. */
  differs: boolean;
  /** How many different values there are. */
  values: number;
  /** Whether every value is a number; undefined where none has been seen. */
  numeric: boolean | undefined;
}

/** Every param and metric of the runs, in the order in which people read them. */
export function plottables(runs: RunRow[]): Plottable[] {
  const of = (group: "params" | "metrics") =>
    [...new Set(runs.flatMap((run) => Object.keys(run[group])))].sort(plainFirst).map((title): Plottable => {
      const id = `${group}.${title}`;
      const values = valuesOf(runs, id);
      const present = values.filter((value) => value !== null);
      return {
        id,
        title,
        group,
        present: present.length,
        differs: new Set(values.map(String)).size > 1,
        values: new Set(present).size,
        numeric: present.every((value) => typeof value === "number"),
      };
    });
  return [...of("params"), ...of("metrics")];
}

const MOST_AXES = 8;

/** The axes that nobody chose: what differs, params before metrics, as a run goes from settings to results. */
export function defaultAxes(all: Plottable[], runs: number): ColumnId[] {
  // What hardly any run has would be an axis with one mark on it, and so would what all have the same that have it; of
  // two or three runs it tells them apart.
  const tells = (each: Plottable) => (runs > 3 ? each.values > 1 : each.differs);
  const differing = all.filter((each) => tells(each) && !each.title.startsWith("system/") && each.present * 5 >= runs);
  const metrics = differing.filter((each) => each.group === "metrics").slice(0, 3);
  const params = differing.filter((each) => each.group === "params").slice(0, MOST_AXES - metrics.length);
  const chosen = [...params, ...metrics];
  return (chosen.length > 1 ? chosen : all.slice(0, MOST_AXES)).map((each) => each.id);
}

/** What the lines and dots are coloured by when nobody chose: the first metric that differs. */
export function defaultColour(all: Plottable[]): ColumnId | null {
  return all.find((each) => each.group === "metrics" && each.differs && each.numeric)?.id ?? null;
}

/** The two sides of a scatter plot that nobody chose: a numeric param that most runs have, with many values, and the first metric. */
export function defaultSides(all: Plottable[]): { x: ColumnId | null; y: ColumnId | null } {
  const y = defaultColour(all) ?? all.find((each) => each.group === "metrics")?.id ?? all[1]?.id ?? null;
  const candidates = all.filter((each) => each.id !== y && each.differs).sort((a, b) => b.present - a.present || b.values - a.values);
  const x =
    candidates.find((each) => each.group === "params" && each.numeric) ??
    candidates.find((each) => each.group === "params") ??
    candidates[0] ??
    all.find((each) => each.id !== y);
  return { x: x?.id ?? null, y };
}
