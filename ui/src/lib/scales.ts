import { shortNumber } from "./numbers";

/** A step of 1, 2 or 5, and up to which ratio it is the nearest. */
const ROUND = [
  [Math.SQRT2, 1],
  [Math.sqrt(10), 2],
  [Math.sqrt(50), 5],
] as const;

/** Values that a person would pick to label an axis from `low` to `high`, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  // The round step that is nearest by ratio: the next larger one can leave a single label on the axis.
  const step = power * (ROUND.find(([upTo]) => rough / power < upTo)?.[1] ?? 10);
  const values: number[] = [];
  for (let at = Math.ceil(low / step - 1e-9); at <= high / step + 1e-9; at++) values.push(Number((at * step).toPrecision(12)));
  return values;
}

export interface NumberAxis {
  kind: "number";
  low: number;
  high: number;
  log: boolean;
}

export interface WordAxis {
  kind: "word";
  words: string[];
}

export type Axis = NumberAxis | WordAxis;

/** A value on an axis: a number, a word, or null where the run has none. */
export type Value = number | string | null;

/** How the numbers of an axis are spread, if that is not left to what they are. */
export type Spacing = "linear" | "log";

/**
 * The axis for a column of values: numeric when every value that is there is a number, else one place per word.
 * Numbers over two powers of ten or more are spread by their logarithms, if `spacing` does not say otherwise; where one of
 * them is not positive they cannot be.
 * One single value gets an axis of its own width around it, and nothing is made up for runs without a value.
 */
export function axisFor(values: Value[], spacing?: Spacing): Axis {
  const present = values.filter((value): value is number | string => value !== null);
  const numbers = present.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  const isNumeric = numbers.length > 0 && present.every((value) => typeof value === "number");
  if (!isNumeric) return { kind: "word", words: [...new Set(present.map(String))].sort((a, b) => a.localeCompare(b, "en", { numeric: true })) };
  const low = Math.min(...numbers);
  const high = Math.max(...numbers);
  const log = low > 0 && (spacing === undefined ? high / low >= 100 : spacing === "log");
  if (low === high) return { kind: "number", low: low - around(low), high: high + around(high), log: false };
  return { kind: "number", low, high, log };
}

function around(value: number): number {
  return value === 0 ? 1 : Math.abs(value) * 0.5;
}

/** Where a value lies on its axis, 0 at the low end and 1 at the high end; null when it has no place there. */
export function share(axis: Axis, value: Value): number | null {
  if (value === null) return null;
  if (axis.kind === "word") {
    const at = axis.words.indexOf(String(value));
    if (at < 0) return null;
    return axis.words.length === 1 ? 0.5 : at / (axis.words.length - 1);
  }
  if (typeof value !== "number" || !Number.isFinite(value)) return null;
  if (axis.log) return value > 0 ? Math.log(value / axis.low) / Math.log(axis.high / axis.low) : null;
  return (value - axis.low) / (axis.high - axis.low);
}

export interface Label {
  share: number;
  text: string;
}

export function labels(axis: Axis, count: number): Label[] {
  if (axis.kind === "word") {
    const every = Math.max(1, Math.ceil(axis.words.length / (count * 2)));
    return axis.words.flatMap((word, at) => (at % every === 0 ? [{ share: share(axis, word) ?? 0, text: word }] : []));
  }
  const values = axis.log ? powers(axis.low, axis.high) : ticks(axis.low, axis.high, count);
  return values.map((value) => ({ share: share(axis, value) ?? 0, text: shortNumber(value) }));
}

function powers(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first) / 8));
  const values: number[] = [];
  for (let power = first; power <= last; power += every) values.push(Number(`1e${power}`));
  return values;
}
