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
  /** Of an axis that is logarithmic on both sides of zero: how far from it numbers still stand about evenly. */
  knee?: number;
}

export interface WordAxis {
  kind: "word";
  words: string[];
}

export type Axis = NumberAxis | WordAxis;

/** A value on an axis: a number, a word, or null where the run has none. */
export type Value = number | string | null;

/** How the numbers of an axis are spread, if that is not left to what they are. */
export type Spacing = "linear" | "log" | "symlog";

/**
 * The axis for a column of values: numeric when every value that is there is a number, else one place per word.
 * Numbers over two powers of ten or more are spread by their logarithms, if `spacing` does not say otherwise; where one of
 * them is not positive they cannot be. "symlog" does it on both sides of zero.
 * One single value gets an axis of its own width around it, and nothing is made up for runs without a value.
 */
export function axisFor(values: Value[], spacing?: Spacing): Axis {
  const present = values.filter((value): value is number | string => value !== null);
  const numbers = present.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  const isNumeric = numbers.length > 0 && present.every((value) => typeof value === "number");
  if (!isNumeric) return { kind: "word", words: [...new Set(present.map(String))].sort((a, b) => a.localeCompare(b, "en", { numeric: true })) };
  const low = Math.min(...numbers);
  const high = Math.max(...numbers);
  if (spacing === "symlog" && low < high) return { kind: "number", low, high, log: false, knee: kneeOf(numbers) };
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
  const { knee } = axis;
  if (knee !== undefined) {
    const foot = symlog(axis.low, knee);
    return (symlog(value, knee) - foot) / (symlog(axis.high, knee) - foot);
  }
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
  const values = axis.knee !== undefined ? symlogTicks(axis.low, axis.high, axis.knee, count) : axis.log ? powers(axis.low, axis.high) : ticks(axis.low, axis.high, count);
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

/** Where a number stands that is spread by its logarithm on both sides of zero; `symlogValue` leads back. */
export function symlog(value: number, knee: number): number {
  return Math.asinh(value / knee);
}

export function symlogValue(place: number, knee: number): number {
  return Math.sinh(place) * knee;
}

/** How many powers of ten a symmetric axis shows on a side at most. */
const MOST_POWERS = 6;
/** The share of the numbers that may stand within its even part. */
const WITHIN = 0.1;

/** The power of ten up to which numbers are spread evenly: most of them are further from zero. */
export function kneeOf(values: (number | null | undefined)[]): number {
  const sizes = Float64Array.from(values.flatMap((value) => (typeof value === "number" && value !== 0 && Number.isFinite(value) ? [Math.abs(value)] : []))).sort();
  const most = sizes[sizes.length - 1];
  if (most === undefined) return 1;
  const power = (value: number) => Math.floor(Math.log10(value) + 1e-9);
  const wanted = power(sizes[Math.floor(sizes.length * WITHIN)]!);
  return Number(`1e${Math.max(power(most) - MOST_POWERS, Math.min(power(most) - 1, wanted))}`);
}

/** Zero and powers of ten on both sides of it, at most `count` of them; round numbers where too few of those are in sight. */
export function symlogTicks(low: number, high: number, knee: number, count: number): number[] {
  const first = Math.round(Math.log10(knee));
  const last = Math.floor(Math.log10(Math.max(Math.abs(low), Math.abs(high))) + 1e-9);
  const shown = (every: number) => {
    const kept: number[] = [];
    // From the largest one down: it says how far the axis reaches.
    for (let power = last; power >= first; power -= every) kept.unshift(Number(`1e${power}`));
    return [...kept.map((value) => -value).reverse(), 0, ...kept].filter((value) => value >= low && value <= high);
  };
  const all = shown(1);
  if (all.length < 2) return ticks(low, high, count);
  for (let every = 2, found = all; ; every++) {
    const fewer = shown(every);
    if (found.length <= count || fewer.length < 3) return found;
    found = fewer;
  }
}
