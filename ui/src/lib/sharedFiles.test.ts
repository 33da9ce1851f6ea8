import { expect, test } from "vitest";

import { sharedFiles } from "./sharedFiles";

const file = (path: string, file_size?: number) => ({ path, is_dir: file_size === undefined, ...(file_size === undefined ? {} : { file_size }) });

test("folders come first, then what most runs have", () => {
  const found = sharedFiles([
    [file("code"), file("a.txt", 1), file("b.json", 5)],
    [file("b.json", 6), file("code"), file("c.png", 2)],
  ]);
  expect(found).toEqual([
    { path: "code", isFolder: true, owners: [0, 1], differs: false },
    { path: "b.json", isFolder: false, owners: [0, 1], differs: true },
    { path: "a.txt", isFolder: false, owners: [0], differs: false },
    { path: "c.png", isFolder: false, owners: [1], differs: false },
  ]);
});
