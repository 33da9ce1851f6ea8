import { expect, test } from "vitest";

import { lineDiff } from "./lineDiff";

const shown = (before: string, after: string, context?: number) =>
  lineDiff("f", before, after, context).lines.map((line) =>
    line.kind === "gap" ? `@${line.old?.number}` : line.kind === "same" ? ` ${line.new?.text}` : `${line.old?.text ?? ""}>${line.new?.text ?? ""}`,
  );

test("changed lines stand beside each other, with what is around them", () => {
  expect(shown("a\nb\nc\nd\n", "a\nB\nc\nd\n")).toEqual([" a", "b>B", " c", " d"]);
  expect(shown("a\nc\n", "a\nb\nc\n")).toEqual([" a", ">b", " c"]);
  expect(shown("", "a\nb")).toEqual([">a", ">b"]);
  expect(shown("a\nb", "")).toEqual(["a>", "b>"]);
});

test("what is far from a change is folded", () => {
  const before = Array.from({ length: 40 }, (_, at) => `line ${at + 1}`);
  const after = before.map((line, at) => (at === 20 ? "changed" : line));
  expect(shown(before.join("\n"), after.join("\n"), 1)).toEqual(["@20", " line 20", "line 21>changed", " line 22"]);
});

test("texts that differ in their line ends alone do not differ", () => {
  expect(lineDiff("f", "a\r\nb\r\n", "a\nb")).toMatchObject({ added: 0, removed: 0, lines: [] });
});

/** A generator with a seed, so that a failure can be seen again. */
function* numbers(seed: number): Generator<number> {
  for (;;) yield (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
}

test("removing and adding leads from one text to the other, with no more than is needed", () => {
  const random = numbers(7);
  const next = (below: number) => Math.floor((random.next().value as number) * below);
  for (let round = 0; round < 200; round++) {
    const text = () => Array.from({ length: next(12) }, () => "abc"[next(3)]!);
    const [old, now] = [text(), text()];
    const { lines, added, removed } = lineDiff("f", old.join("\n"), now.join("\n"), 99);
    if (added + removed > 0) {
      expect(lines.flatMap((line) => line.old?.text ?? [])).toEqual(old);
      expect(lines.flatMap((line) => line.new?.text ?? [])).toEqual(now);
    } else expect(old).toEqual(now);
    expect(removed).toBe(old.length - longestCommon(old, now));
    expect(added).toBe(now.length - longestCommon(old, now));
  }
});

function longestCommon(a: string[], b: string[]): number {
  const table = Array.from({ length: a.length + 1 }, () => Array.from({ length: b.length + 1 }, () => 0));
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      table[i]![j] = a[i - 1] === b[j - 1] ? table[i - 1]![j - 1]! + 1 : Math.max(table[i - 1]![j]!, table[i]![j - 1]!);
    }
  }
  return table[a.length]![b.length]!;
}

test("texts with nothing in common are told at once, however long", () => {
  const lines = (word: string) => Array.from({ length: 20_000 }, (_, at) => `${word} ${at}`).join("\n");
  const start = performance.now();
  const { added, removed } = lineDiff("f", lines("a"), lines("b"));
  expect([added, removed]).toEqual([20_000, 20_000]);
  expect(performance.now() - start).toBeLessThan(1500);
});
