import "./Patch.css";

import { useMemo } from "react";

import { CodeText } from "../components/Snippet";
import { type DiffLine, type FileDiff, parsePatch } from "../lib/diff";
import { extension } from "../lib/files";
import { languageOf } from "../lib/highlight";
import { counted } from "../lib/numbers";

/** More lines than this make a page slow; the text has all of them. */
const MOST_LINES = 3000;

/** A patch, file by file, with what was on the left and what is on the right. */
export default function PatchPreview({ text, name }: { text: string; name: string }) {
  const patch = useMemo(() => parsePatch(text), [text]);
  if (patch.files.length === 0 && patch.notes.length === 0) return <p className="file-note">{name} changes no file.</p>;
  return (
    <div className="patch">
      {patch.notes.length > 0 && (
        <ul className="card patch-notes">
          {patch.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {patch.files.map((file, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- a file is its place
        <FileView key={at} file={file} />
      ))}
    </div>
  );
}

/** The changed lines of one file, side by side. */
export function FileView({ file }: { file: FileDiff }) {
  const language = languageOf(extension(file.name));
  const lines = file.lines.slice(0, MOST_LINES);
  return (
    <details className="card patch-file" open={file.lines.length < 500}>
      <summary>
        <strong>{file.name}</strong> {file.note && <span className="badge">{file.note}</span>}
        <span className="patch-count">
          <span className="patch-plus">+{file.added}</span> <span className="patch-minus">−{file.removed}</span>
        </span>
      </summary>
      {lines.length > 0 && (
        // A region that scrolls must be reachable without a mouse.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className="patch-wrap" tabIndex={0} role="region" aria-label={file.name}>
          <table className="patch-table">
            <colgroup>
              <col className="patch-number" />
              <col />
              <col className="patch-number" />
              <col />
            </colgroup>
            <thead className="visually-hidden">
              <tr>
                <th scope="col">Line before</th>
                <th scope="col">Before</th>
                <th scope="col">Line after</th>
                <th scope="col">After</th>
              </tr>
            </thead>
            <tbody>
              {lines.map((line, at) => (
                // oxlint-disable-next-line react/no-array-index-key -- a line is its place
                <Row key={at} line={line} language={language} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {file.lines.length > lines.length && <p className="file-note">The first {counted(lines.length, "line")} are shown; the text has all of them.</p>}
    </details>
  );
}

function Row({ line, language }: { line: DiffLine; language: string }) {
  if (line.kind === "gap") {
    return (
      <tr className="patch-gap">
        <td colSpan={4}>
          line {line.old?.number} {line.old?.text}
        </td>
      </tr>
    );
  }
  const isChanged = line.kind === "changed";
  const side = (cell: DiffLine["old"], className: string, word: string) => (
    <>
      <td className="patch-number">{cell?.number}</td>
      <td className={cell === null ? "patch-none" : isChanged ? className : undefined}>
        {isChanged && cell && <span className="visually-hidden">{word} </span>}
        {cell && <CodeText text={cell.text} language={language} />}
      </td>
    </>
  );
  return (
    <tr>
      {side(line.old, "patch-removed", "removed:")}
      {side(line.new, "patch-added", "added:")}
    </tr>
  );
}
