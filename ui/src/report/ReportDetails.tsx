import { type ReactNode, useState } from "react";

import type { RunRow } from "../api/schema";
import { Button } from "../components/Button";
import Markdown from "../components/Markdown";
import { CodeText } from "../components/Snippet";
import { extension } from "../lib/files";
import { languageOf } from "../lib/highlight";
import { bytes, counted } from "../lib/numbers";
import type { ReportData, ReportFile, RunFiles } from "../lib/report";
import { stepImageTitle } from "../lib/stepImages";

interface ReportDetailsProps {
  data: ReportData;
  link: (run: RunRow, name: string) => ReactNode;
}

const NOTE_TAG = "mlflow.note.content";
/** So many runs stand open at once; a report of many is looked through run by run. */
const OPEN_AT_ONCE = 3;
const SHOWN_FIRST = 50;
/** Names of files that stand below each other before the rest is asked for. */
const FILES_FIRST = 40;

/** What else is known of each run: its note, its models, its data, and its files. */
export function ReportDetails({ data, link }: ReportDetailsProps) {
  const [all, setAll] = useState(false);
  const files = new Map((data.files ?? []).map((each) => [each.run_id, each]));
  const rows = data.rows.filter((row) => row.tags[NOTE_TAG] || row.models.length + row.versions.length + row.datasets.length > 0 || hasFiles(files.get(row.run_id)));
  if (rows.length === 0) return null;
  const shown = all ? rows : rows.slice(0, SHOWN_FIRST);
  return (
    <section className="section" aria-label="Run by run">
      <div className="section-head">
        <h2>Run by run</h2>
        <span className="quiet">{leftOut(data)}</span>
      </div>
      {shown.map((row) => (
        <details key={row.run_id} className="card report-run" open={rows.length <= OPEN_AT_ONCE}>
          <summary>
            <strong>{row.run_name || row.run_id}</strong>
          </summary>
          <div className="report-run-body">
            <p className="quiet">
              {link(row, row.run_id)}
              {row.user_id && ` by ${row.user_id}`}
              {row.tags["mlflow.source.name"] && `, ${row.tags["mlflow.source.name"]}`}
              {row.tags["mlflow.source.git.commit"] && ` at ${row.tags["mlflow.source.git.commit"].slice(0, 10)}`}
            </p>
            {row.tags[NOTE_TAG] && <Markdown text={row.tags[NOTE_TAG]} />}
            <Facts row={row} />
            <Files files={files.get(row.run_id)} />
          </div>
        </details>
      ))}
      {shown.length < rows.length && (
        <div className="table-foot">
          <Button onClick={() => setAll(true)}>Show all {counted(rows.length, "run")}</Button>
        </div>
      )}
    </section>
  );
}

function hasFiles(files: RunFiles | undefined): boolean {
  return files !== undefined && (files.unread === true || (files.files ?? []).length > 0);
}

function leftOut({ left, files }: ReportData): string {
  if (!files || !left) return "";
  const parts = [
    left.runs ? `no files of ${counted(left.runs, "run")} more` : "",
    left.shown ? `no room for ${counted(left.shown, "picture or text", "pictures and texts")} beyond ${bytes(left.room ?? 0)}` : "",
  ].filter(Boolean);
  return parts.length > 0 ? `Not in this file: ${parts.join("; ")}.` : "";
}

function Facts({ row }: { row: RunRow }) {
  if (row.models.length + row.versions.length + row.datasets.length === 0) return null;
  return (
    <dl className="facts">
      {row.models.length > 0 && (
        <div>
          <dt>Models</dt>
          <dd>
            {row.models.map((model) => (
              <span key={model.model_id} className="report-fact">
                {model.name || model.model_id} <code>models:/{model.model_id}</code>
              </span>
            ))}
          </dd>
        </div>
      )}
      {row.versions.length > 0 && (
        <div>
          <dt>Registered as</dt>
          <dd className="badges">
            {row.versions.map(({ name, version }) => (
              <span key={`${name} ${version}`} className="badge badge-accent">
                <span>{name}</span> v{version}
              </span>
            ))}
          </dd>
        </div>
      )}
      {row.datasets.length > 0 && (
        <div>
          <dt>Data</dt>
          <dd>
            {row.datasets.map((each) => (
              <span key={`${each.name} ${each.digest} ${each.context}`} className="report-fact">
                {each.name} <code>{each.digest}</code> {each.context}
              </span>
            ))}
          </dd>
        </div>
      )}
    </dl>
  );
}

function Files({ files }: { files: RunFiles | undefined }) {
  const [all, setAll] = useState(false);
  if (!files) return null;
  if (files.unread) return <p className="quiet">The files of this run could not be read when the report was made.</p>;
  const listed = files.files ?? [];
  if (listed.length === 0) return null;
  const pictures = listed.filter((file) => file.picture !== undefined);
  const shown = all ? listed : listed.slice(0, FILES_FIRST);
  return (
    <>
      {pictures.length > 0 && (
        <div className="report-pictures">
          {pictures.map((file) => (
            <figure key={file.path}>
              <img src={file.picture} alt={title(file.path)} loading="lazy" />
              <figcaption>{title(file.path)}</figcaption>
            </figure>
          ))}
        </div>
      )}
      <ul className="report-files" aria-label="Files">
        {shown.map((file) => (
          <li key={file.path}>
            <FileLine file={file} />
          </li>
        ))}
      </ul>
      {shown.length < listed.length && (
        <div>
          <Button onClick={() => setAll(true)}>Show all {counted(listed.length, "file")}</Button>
        </div>
      )}
      {(files.left ?? 0) > 0 && <p className="quiet">The run has {files.left} files more.</p>}
    </>
  );
}

function title(path: string): string {
  return stepImageTitle(path.slice(path.lastIndexOf("/") + 1))?.replace(" (small)", "") ?? path;
}

function FileLine({ file }: { file: ReportFile }) {
  const [open, setOpen] = useState(false);
  const size = <span className="quiet number">{bytes(file.size)}</span>;
  if (file.text === undefined) {
    return (
      <span className="report-file">
        {file.path} {size}
      </span>
    );
  }
  const end = extension(file.path);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {file.path} {size}
      </summary>
      {open &&
        (end === "md" ? (
          <Markdown text={file.text} />
        ) : (
          // A region that scrolls must be reachable without a mouse.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          <pre className="report-text" tabIndex={0} role="region" aria-label={file.path}>
            <CodeText text={file.text} language={languageOf(end)} />
          </pre>
        ))}
    </details>
  );
}
