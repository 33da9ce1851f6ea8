import { expect, test } from "vitest";

import { commitHref, safeHref } from "./safeLinks";

test("only http, https and mailto become links", () => {
  expect(safeHref("https://example.org/a")).toBe("https://example.org/a");
  expect(safeHref("mailto:ada@example.org")).toBe("mailto:ada@example.org");
  for (const bad of ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "/relative", "blob:x", "java\nscript:alert(1)"]) {
    expect(safeHref(bad)).toBeNull();
  }
});

test("a commit links into its repository, however that is written", () => {
  expect(commitHref("git@github.com:ada/engine.git", "abc")).toBe("https://github.com/ada/engine/commit/abc");
  expect(commitHref("https://gitlab.com/ada/engine.git", "abc")).toBe("https://gitlab.com/ada/engine/commit/abc");
  expect(commitHref("javascript:alert(1)", "abc")).toBeNull();
  expect(commitHref(undefined, "abc")).toBeNull();
});
