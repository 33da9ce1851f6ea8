import { expect, test } from "vitest";

import { BEYOND, bytesOfPart, countOfParts, linesOfPart } from "./textParts";

function parts(text: string, size: number): string[] {
  const all = new TextEncoder().encode(text);
  const count = countOfParts(all.length, size);
  return Array.from({ length: count }, (_, part) => {
    const { start, length } = bytesOfPart(part, size);
    return new TextDecoder().decode(linesOfPart(all.slice(start, start + length), part, size, part === count - 1));
  });
}

test("every line is whole and in one part, wherever the parts end", () => {
  const text = Array.from({ length: 9000 }, (_, n) => `line ${n} ${"é".repeat(n % 5)}`).join("\n");
  for (let size = 20_000; size < 20_030; size++) {
    const shown = parts(text, size);
    expect(shown.length).toBeGreaterThan(3);
    expect(shown.join("")).toBe(text);
    for (const each of shown) expect(each).toMatch(/^line /);
  }
});

test("a line without an end is shown piece by piece", () => {
  const line = "x".repeat(300_000);
  expect(parts(line, 100_000).map((each) => each.length)).toEqual([100_000, 100_000, 100_000]);
  expect(parts(`${line}\nlast`, 300_000 - BEYOND).at(-1)).toBe("last");
});
