import type { RunRow } from "../api/schema";
import { numberIn, shortNumber, toNumber, wholeNumber } from "./numbers";

export interface ComparedRow {
  key: string;
  /** One text per run, null where the run has none. */
  cells: (string | null)[];
  /** The same, whole, for copying. */
  whole: (string | null)[];
  /** The numbers that the texts stand for; null where a text is a word. */
  numbers: (number | null)[];
  differs: boolean;
  /** Which runs hold the largest and the smallest value; -1 unless the row is of numbers that differ. */
  highest: number;
  lowest: number;
}

function compared(key: string, cells: (string | null)[], whole: (string | null)[], numbers: (number | null)[], isRanked: boolean): ComparedRow {
  const differs = new Set(whole).size > 1;
  const known = numbers.filter((value): value is number => value !== null && !Number.isNaN(value));
  const ranked = isRanked && differs && known.length > 1 && known.some((value) => value !== known[0]);
  return {
    key,
    cells,
    whole,
    numbers,
    differs,
    highest: ranked ? numbers.indexOf(Math.max(...known)) : -1,
    lowest: ranked ? numbers.indexOf(Math.min(...known)) : -1,
  };
}

export function comparedMetrics(runs: RunRow[]): ComparedRow[] {
  return keysOf(runs.map((run) => run.metrics)).map((key) => {
    const numbers = runs.map((run) => (key in run.metrics ? toNumber(run.metrics[key]) : null));
    return compared(
      key,
      numbers.map((value) => (value === null ? null : shortNumber(value))),
      numbers.map((value) => (value === null ? null : wholeNumber(value))),
      numbers,
      true,
    );
  });
}

export function comparedTexts(texts: Record<string, string>[]): ComparedRow[] {
  return keysOf(texts).map((key) => {
    const cells = texts.map((text) => text[key] ?? null);
    return compared(key, cells, cells, cells.map((cell) => numberIn(cell ?? undefined)), false);
  });
}

/** How much more a number is than another, and by which share of it: "+0.02 (+2.5%)"; empty if one is no number. */
export function differenceText(value: number | null | undefined, base: number | null | undefined): string {
  if (value === null || value === undefined || base === null || base === undefined) return "";
  const more = value - base;
  if (!Number.isFinite(more)) return "";
  if (more === 0) return "=";
  const signed = (number: number) => (number > 0 ? "+" : "") + shortNumber(Number(number.toPrecision(3)));
  return base === 0 ? signed(more) : `${signed(more)} (${signed((more / Math.abs(base)) * 100)}%)`;
}

function keysOf(records: Record<string, unknown>[]): string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))].sort(plainFirst);
}

/** Names without a prefix come before prefixed ones; otherwise by the alphabet. */
export function plainFirst(a: string, b: string): number {
  return Number(a.includes("/")) - Number(b.includes("/")) || a.localeCompare(b, "en", { numeric: true });
}

export interface ComparedSection {
  title: string;
  rows: ComparedRow[];
}

/** The comparison as a Markdown table, to be pasted into a pull request or a note; with what each run has more than the one at `baseAt`. */
export function markdownTable(names: string[], sections: ComparedSection[], baseAt = -1): string {
  const line = (cells: string[]) => `| ${cells.map(markdownCell).join(" | ")} |`;
  const filled = sections.filter((section) => section.rows.length > 0);
  return [
    line(["", ...names]),
    `|${" --- |".repeat(names.length + 1)}`,
    ...filled.flatMap((section) => [
      line([`**${section.title}**`, ...names.map(() => "")]),
      ...section.rows.map((row) => line([row.differs ? `${row.key} ≠` : row.key, ...row.whole.map((cell, at) => `${cell ?? ""} ${toldDifference(row, at, baseAt)}`.trim())])),
    ]),
  ].join("\n");
}

/** What a cell says beside its value: how it differs from that of the run at `baseAt`, if they do. */
export function toldDifference(row: ComparedRow, at: number, baseAt: number): string {
  return baseAt >= 0 && at !== baseAt && row.differs ? differenceText(row.numbers[at], row.numbers[baseAt]) : "";
}

/** The comparison as the rows of a CSV file: the values of all runs, then what each has more than the one at `baseAt`. */
export function differenceRows(names: string[], sections: ComparedSection[], baseAt: number): string[][] {
  const others = [...names.keys()].filter((at) => at !== baseAt);
  const less = (row: ComparedRow, at: number) => {
    const [value, base] = [row.numbers[at] ?? Number.NaN, row.numbers[baseAt] ?? Number.NaN];
    return Number.isFinite(value - base) ? wholeNumber(value - base) : "";
  };
  return [
    ["kind", "key", ...names, ...others.map((at) => `${names[at]} less ${names[baseAt]}`)],
    ...sections.flatMap(({ title, rows }) => rows.map((row) => [title, row.key, ...row.whole.map((cell) => cell ?? ""), ...others.map((at) => less(row, at))])),
  ];
}

function markdownCell(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("|", "\\|").replace(/\s*\r?\n\s*/g, " ").replaceAll("<", "&lt;");
}
