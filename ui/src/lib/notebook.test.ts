import { expect, test } from "vitest";

import { notebookOf } from "./notebook";

test("cells and their outputs are read", () => {
  const notebook = notebookOf({
    metadata: { language_info: { name: "python" } },
    cells: [
      { cell_type: "markdown", source: ["# A\n", "b"] },
      {
        cell_type: "code",
        execution_count: 3,
        source: "1 / 0",
        outputs: [
          { output_type: "stream", name: "stdout", text: ["hello\n"] },
          { output_type: "display_data", data: { "image/png": "aGk=\n", "text/plain": "<Figure>" } },
          { output_type: "error", ename: "ZeroDivisionError", evalue: "x", traceback: ["\u001b[31mboom\u001b[0m"] },
          { output_type: "execute_result", data: { "text/html": ["<table>"], "text/plain": "t" } },
        ],
      },
    ],
  });
  expect(notebook?.cells[0]).toMatchObject({ kind: "markdown", source: "# A\nb" });
  expect(notebook?.cells[1]?.outputs).toEqual([
    { kind: "text", text: "hello\n", failed: false },
    { kind: "image", type: "image/png", data: "aGk=" },
    { kind: "text", text: "boom", failed: true },
    { kind: "html", html: "<table>" },
  ]);
});

test("what is no notebook is shown as what it is", () => {
  expect(notebookOf({ a: 1 })).toBeNull();
  expect(notebookOf([1])).toBeNull();
  const odd = notebookOf({ cells: [null, { cell_type: "code", source: 5, outputs: [{ data: { "image/png": "<svg onload=x>" } }] }] });
  expect(odd?.cells).toEqual([{ kind: "code", source: "", count: null, outputs: [] }]);
});
