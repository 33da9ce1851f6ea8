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

/** The comparison as a Markdown table, to be pasted into a pull request or a note. */
export function markdownTable(names: string[], sections: ComparedSection[]): string {
  const line = (cells: string[]) => `| ${cells.map(markdownCell).join(" | ")} |`;
  const filled = sections.filter((section) => section.rows.length > 0);
  return [
    line(["", ...names]),
    `|${" --- |".repeat(names.length + 1)}`,
    ...filled.flatMap((section) => [
      line([`**${section.title}**`, ...names.map(() => "")]),
      ...section.rows.map((row) => line([row.differs ? `${row.key} ≠` : row.key, ...row.whole.map((cell) => cell ?? "")])),
    ]),
  ].join("\n");
}

function markdownCell(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("|", "\\|").replace(/\s*\r?\n\s*/g, " ").replaceAll("<", "&lt;");
}
