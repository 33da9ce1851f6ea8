import { expect, test } from "vitest";

import { parsePatch } from "./diff";

const PATCH = `# Left out: .env: it may hold secrets
# Untracked: notes.txt
diff --git a/train.py b/train.py
index 1..2 100644
--- a/train.py
+++ b/train.py
@@ -1,4 +1,5 @@ def main():
 import os
-lr = 0.1
--- not a header
+lr = 0.2
++++ not a header
+more = 1
 end
\\ No newline at end of file
diff --git a/old name.py b/new name.py
similarity index 100%
rename from old name.py
rename to new name.py
diff --git a/p.png b/p.png
new file mode 100644
Binary files /dev/null and b/p.png differ
`;

test("both sides of a change stand next to each other", () => {
  const { files, notes } = parsePatch(PATCH);
  expect(notes).toEqual(["Left out: .env: it may hold secrets", "Untracked: notes.txt"]);
  const [train] = files;
  expect(train).toMatchObject({ name: "train.py", note: "", added: 3, removed: 2 });
  expect(train?.lines.map(({ kind, old, new: now }) => [kind, old?.text ?? null, now?.text ?? null])).toEqual([
    ["gap", "def main():", null],
    ["same", "import os", "import os"],
    ["changed", "lr = 0.1", "lr = 0.2"],
    ["changed", "-- not a header", "+++ not a header"],
    ["changed", null, "more = 1"],
    ["same", "end", "end"],
  ]);
  expect(train?.lines.at(-1)).toMatchObject({ old: { number: 4 }, new: { number: 5 } });
});

test("renamed, added and binary files say so", () => {
  expect(parsePatch(PATCH).files.slice(1).map(({ name, note }) => [name, note])).toEqual([
    ["new name.py", "renamed from old name.py"],
    ["p.png", "added, binary"],
  ]);
});

test("a plain diff without git is read too, and text that is none has no files", () => {
  expect(parsePatch("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n").files).toMatchObject([{ name: "x", added: 1, removed: 1 }]);
  expect(parsePatch("hello\nworld").files).toEqual([]);
});
