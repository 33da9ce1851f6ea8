import type { MetricValue } from "../api/schema";

/** A number from the wire, where NaN, infinities and 64-bit integers may be words. */
export function toNumber(value: MetricValue | undefined | null): number {
  if (typeof value === "number") return value;
  if (value === undefined || value === null) return Number.NaN;
  return Number(value);
}

/** The digits that matter: five significant ones, whole numbers as they are. */
export function shortNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return minus(String(value));
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return minus(exponential(value));
  if (size >= 10_000) return minus(trimmed(value.toFixed(1)));
  return minus(trimmed(value.toPrecision(5)));
}

/** The whole value, as it would be typed again. */
export function wholeNumber(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

const NUMERIC = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** The number that a parameter's text stands for, or null when it is a word. */
export function numberIn(text: string | undefined): number | null {
  if (text === undefined) return null;
  const trimmedText = text.trim();
  return NUMERIC.test(trimmedText) ? Number(trimmedText) : null;
}

/** A parameter as a table shows it: long fractions shortened, everything else untouched. */
export function shortText(text: string): string {
  if (text.length <= 9) return text;
  const value = numberIn(text);
  return value === null || Number.isInteger(value) ? text : shortNumber(value);
}

export function bytes(count: number): string {
  if (!Number.isFinite(count)) return "";
  if (count < 1000) return `${count} B`;
  const units = ["kB", "MB", "GB", "TB", "PB"];
  let value = count;
  let unit = -1;
  do {
    value /= 1000;
    unit += 1;
  } while (value >= 999.5 && unit < units.length - 1);
  return `${value < 10 ? trimmed(value.toFixed(1)) : Math.round(value)} ${units[unit]}`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}

function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function exponential(value: number): string {
  const [digits = "", power = ""] = value.toExponential(3).split("e");
  return `${trimmed(digits)}e${power.replace("+", "")}`;
}

/** A real minus sign is as wide as a digit, so columns of numbers stay in line. */
function minus(text: string): string {
  return text.replace(/^-/, "−");
}
