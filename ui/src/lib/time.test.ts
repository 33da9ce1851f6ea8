import { afterEach, expect, test } from "vitest";

import { absoluteTime, duration, isoTime, momentOf, relativeTime, writeIn } from "./time";

afterEach(() => writeIn("local"));

test("lengths have two units at most", () => {
  expect(duration(0)).toBe("0 ms");
  expect(duration(999)).toBe("999 ms");
  expect(duration(8800)).toBe("8.8 s");
  expect(duration(59_700)).toBe("1 min");
  expect(duration(65_000)).toBe("1 min 5 s");
  expect(duration(7_500_000)).toBe("2 h 5 min");
  expect(duration(90_000_000)).toBe("1 d 1 h");
  expect(duration(Number.NaN)).toBe("");
});

test("moments are told from now", () => {
  const now = 1_000_000_000_000;
  expect(relativeTime(now - 3000, now)).toBe("just now");
  expect(relativeTime(now - 180_000, now)).toBe("3 min ago");
  expect(relativeTime(now - 86_400_000, now)).toBe("yesterday");
  expect(relativeTime(Number.NaN, now)).toBe("");
});

test("moments are written and read in the reader's zone, or in UTC", () => {
  const time = Date.UTC(2026, 2, 3, 9, 30, 5);
  expect(momentOf("2026-03-03T09:30")).toBe(new Date(2026, 2, 3, 9, 30).getTime());
  expect(momentOf("")).toBeNull();
  writeIn("utc");
  expect(momentOf("2026-03-03T09:30")).toBe(Date.UTC(2026, 2, 3, 9, 30));
  expect(absoluteTime(time)).toMatch(/9:30:05.* UTC$/);
});

test("what no calendar has is told as the number that it is", () => {
  const nanoseconds = 1_795_000_000_000_000_000;
  expect(isoTime(nanoseconds)).toBe(String(nanoseconds));
  expect(absoluteTime(nanoseconds)).toBe(String(nanoseconds));
  expect(relativeTime(nanoseconds, 0)).toMatch(/^in [\d,]+ yr$/);
  expect([isoTime(0), isoTime(Number.NaN), absoluteTime(Number.NaN)]).toEqual(["1970-01-01T00:00:00.000Z", "", ""]);
});
