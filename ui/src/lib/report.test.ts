import { expect, test } from "vitest";

import { filledReport, pointsEach, type ReportData, seriesName, shownAs } from "./report";

const TEMPLATE = '<!doctype html><script id="report" type="application/json"></script><script>run()</script>';
const EMPTY: ReportData = { title: "", source: "", page: "", made: 0, total: 0, experiments: {}, rows: [], series: [] };

test("what runs are called does not end the element that holds the data", () => {
  const title = "</script><script>alert(1)</script> $& $' <!-- \u2028";
  const html = filledReport(TEMPLATE, { ...EMPTY, title });
  expect(html.match(/<\/script>/g)).toHaveLength(2);
  expect(html).not.toContain("<!--");
  const text = /application\/json">(.*?)<\/script>/s.exec(html)?.[1] ?? "";
  expect((JSON.parse(text) as ReportData).title).toBe(title);
});

test("a template without a place for data is refused", () => {
  expect(() => filledReport("<p>", EMPTY)).toThrow("no place");
});

test("few histories are detailed, many are still told apart", () => {
  expect(pointsEach(0)).toBe(500);
  expect(pointsEach(1000)).toBe(200);
  expect(pointsEach(1_000_000)).toBe(20);
});

test("pictures and short texts are shown", () => {
  expect(shownAs("a/b.PNG", 10)).toBe("image/png");
  expect(shownAs("b.png", 3_000_000)).toBeNull();
  expect(shownAs("notes.md", 20_000)).toBe("text");
  expect(shownAs("notes.md", 20_001)).toBeNull();
  expect(shownAs("model.bin", 1)).toBeNull();
});

test("a picture of a series and its small copy belong together", () => {
  const picture = "images/a+step+1+timestamp+2+id";
  expect(seriesName(`${picture}.png`)).toBe(seriesName(`${picture}+compressed.webp`));
  expect(seriesName("plots/compressed.png")).toBe("plots/compressed.png");
});
