import "./Notebook.css";

import { lazy, Suspense } from "react";

import { CodeText } from "../components/Snippet";
import { Skeleton } from "../components/States";
import { imageSize, MOST_POINTS } from "../lib/imageSize";
import type { Cell, CellOutput, Notebook } from "../lib/notebook";
import TablePreview from "./TablePreview";

const Markdown = lazy(() => import("../components/Markdown"));

/** A notebook as it was saved; nothing in it runs. */
export default function NotebookPreview({ notebook, name }: { notebook: Notebook; name: string }) {
  return (
    <ol className="notebook" aria-label={name}>
      {notebook.cells.map((cell, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- a cell is its place
        <li key={at}>
          <CellView cell={cell} language={notebook.language} />
        </li>
      ))}
    </ol>
  );
}

function CellView({ cell, language }: { cell: Cell; language: string }) {
  if (cell.kind === "markdown") {
    return (
      <div className="notebook-text">
        <Suspense fallback={<Skeleton lines={2} />}>
          <Markdown text={cell.source} />
        </Suspense>
      </div>
    );
  }
  return (
    <div className="notebook-cell">
      <span className="notebook-count quiet">{cell.kind === "code" ? `[${cell.count ?? " "}]` : ""}</span>
      {/* A region that scrolls must be reachable without a mouse. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0}>
        <CodeText text={cell.source} language={cell.kind === "code" ? language : "text"} />
      </pre>
      {cell.outputs.map((output, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- an output is its place
        <div key={at} className="notebook-output">
          <OutputView output={output} />
        </div>
      ))}
    </div>
  );
}

function OutputView({ output }: { output: CellOutput }) {
  switch (output.kind) {
    case "image":
      if (isTooLarge(output.data)) return <p className="muted">An image of more than {MOST_POINTS / 1e6} million points is not drawn.</p>;
      return <img src={`data:${output.type};base64,${output.data}`} alt="Output of the cell" />;
    case "html": {
      const rows = tableInHtml(output.html);
      if (rows) return <TablePreview rows={rows} whole />;
      // No permission at all: no scripts, no forms, an origin of its own.
      return <iframe sandbox="" srcDoc={`<style>body{font:13px system-ui,sans-serif;background:#fff;color:#111}</style>${output.html}`} title="Output of the cell" />;
    }
    case "text":
      return (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <pre className={output.failed ? "notebook-failed" : undefined} tabIndex={0}>
          {output.text}
        </pre>
      );
  }
}

/**
 * The rows of a document that is one table and little else, as data frames are; null otherwise. Such a document runs
 * nothing and fetches nothing, and only its text is taken.
 */
function tableInHtml(html: string): string[][] | null {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  const [table, ...others] = body.querySelectorAll("table");
  if (!table || others.length > 0 || body.querySelector("script, svg, img, form, iframe, canvas")) return null;
  const rows = [...table.rows].map((row) => [...row.cells].flatMap((cell) => [cell.textContent.trim(), ...Array.from({ length: Math.min(cell.colSpan, 100) - 1 }, () => "")]));
  return rows.length > 1 && rows.every((row) => row.length === rows[0]?.length) ? rows : null;
}

/** Whether an image states more points than are drawn; the size stands near its beginning. */
function isTooLarge(base64: string): boolean {
  try {
    const size = imageSize(Uint8Array.from(atob(base64.replaceAll(/\s/g, "").slice(0, 65536)), (letter) => letter.charCodeAt(0)));
    return size !== null && size[0] * size[1] > MOST_POINTS;
  } catch {
    return false; // what is no base64 is no image either
  }
}
