import { expect, test } from "vitest";

import { csv, csvCell, parseDelimited } from "./csv";

test("cells are quoted where they must be", () => {
  expect(csv([["a", 'say "hi"', "x,y", "two\nlines"]])).toBe('a,"say ""hi""","x,y","two\nlines"\r\n');
});

test("what a spreadsheet would run is made harmless, negative numbers are not touched", () => {
  expect(csvCell('=HYPERLINK("http://x")')).toBe('"\'=HYPERLINK(""http://x"")"');
  expect(csvCell("@SUM(A1)")).toBe("'@SUM(A1)");
  expect(csvCell("-1+cmd|' /C calc'!A0")).toBe("'-1+cmd|' /C calc'!A0");
  expect(csvCell("-0.25")).toBe("-0.25");
  expect(csvCell("-Infinity")).toBe("-Infinity");
});

test("quoted cells keep their delimiters, quotes and line ends", () => {
  expect(parseDelimited('a,b\r\n"x,1","say ""hi"""\n"two\nlines",\n', ",", 10)).toEqual([
    ["a", "b"],
    ["x,1", 'say "hi"'],
    ["two\nlines", ""],
  ]);
});

test("reading stops when there are enough rows, and the last row needs no line end", () => {
  expect(parseDelimited("a\nb\nc\n", ",", 2)).toEqual([["a"], ["b"]]);
  expect(parseDelimited("a\tb\nc\td", "\t", 9)).toEqual([["a", "b"], ["c", "d"]]);
});
