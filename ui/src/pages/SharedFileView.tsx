import { useQueries } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";

import { type Content, fileContent } from "../api/artifacts";
import type { RunRow } from "../api/schema";
import { FileView } from "../artifacts/PatchPreview";
import { SafeImage } from "../artifacts/SafeImage";
import { Failure, Skeleton } from "../components/States";
import { parseDelimited } from "../lib/csv";
import { asText, extension, fileKind } from "../lib/files";
import { joinedTables } from "../lib/joinedTables";
import { tableInJson } from "../lib/jsonTable";
import { lineDiff } from "../lib/lineDiff";
import { counted } from "../lib/numbers";
import { placeOf, type SharedFile, shownPath } from "../lib/sharedFiles";
import type { FilesLook } from "./CompareFiles";
import { ImagePair, OverlayControls } from "./ImagePair";

/** How much of each file is read, in bytes. */
const MOST_TEXT = 1_000_000;
const MOST_IMAGE = 20_000_000;
const MOST_ROWS = 1000;
const COMMIT_TAG = "mlflow.source.git.commit";
const SOURCE_FOLDER = "source/";

interface SharedFileViewProps {
  file: SharedFile;
  runs: RunRow[];
  colours: string[];
  search: FilesLook;
  onSearch: (change: FilesLook) => void;
}

interface Owner {
  run: RunRow;
  name: string;
  colour: string;
}

/** One file as all the runs have it that do. */
export function SharedFileView({ file, runs, colours, search, onSearch }: SharedFileViewProps) {
  const owners = useMemo<Owner[]>(
    () => file.owners.map((at) => ({ run: runs[at]!, name: runs[at]!.run_name || runs[at]!.run_id, colour: colours[at] ?? "" })),
    [file.owners, runs, colours],
  );
  const isImage = fileKind(file.path) === "image";
  const read = useQueries({
    queries: owners.map(({ run }) => {
      const at = placeOf(run, file.path)!;
      return fileContent(at.place, at.path, isImage ? MOST_IMAGE : MOST_TEXT);
    }),
    combine: (answers) => ({
      contents: answers.map((answer) => answer.data),
      isPending: answers.some((answer) => answer.isPending),
      error: answers.find((answer) => answer.error)?.error ?? null,
      refetch: () => answers.filter((answer) => answer.error).forEach((answer) => void answer.refetch()),
    }),
  });
  // Reading only some of them would compare what was asked for with nothing.
  if (read.error) return <Failure error={read.error} what={`read ${file.path}`} onRetry={read.refetch} />;
  if (read.isPending) return <Skeleton lines={8} />;
  const contents = read.contents as Content[];
  const shared = { file, owners, contents, search, onSearch };
  if (isImage) return <Pictures {...shared} />;
  return <Texts {...shared} />;
}

interface SharedProps {
  file: SharedFile;
  owners: Owner[];
  contents: Content[];
  search: FilesLook;
  onSearch: (change: FilesLook) => void;
}

function Head({ file, children }: { file: SharedFile; children?: ReactNode }) {
  return (
    <header className="shared-head">
      <h2>{shownPath(file.path)}</h2>
      {children && <div className="shared-sides">{children}</div>}
    </header>
  );
}

function Texts({ file, owners, contents, search, onSearch }: SharedProps) {
  const texts = useMemo(() => contents.map((content) => asText(content.bytes)), [contents]);
  const tables = useMemo(() => texts.map((text) => (text === null ? null : tableOf(file.path, text))), [texts, file.path]);
  if (texts.includes(null)) return <Bytes file={file} owners={owners} contents={contents} />;
  const isCut = contents.some((content) => !content.whole);
  if (tables.every((table) => table !== null)) {
    return (
      <>
        <Head file={file} />
        {isCut && <p className="quiet">The first megabyte of each is compared.</p>}
        <Tables tables={tables} owners={owners} />
      </>
    );
  }
  const [left, right] = sides(owners, search);
  return (
    <>
      <Head file={file}>{owners.length > 1 && <Sides owners={owners} left={left} right={right} onSearch={onSearch} />}</Head>
      {isCut && <p className="quiet">The first megabyte of each is compared.</p>}
      {file.path.startsWith(SOURCE_FOLDER) && owners.length > 1 && <Commits owners={[owners[left]!, owners[right]!]} />}
      {owners.length === 1 ? (
        <p className="quiet">Only {owners[0]!.name} has this file.</p>
      ) : (
        <Lines name={shownPath(file.path)} before={pretty(file.path, texts[left]!)} after={pretty(file.path, texts[right]!)} />
      )}
    </>
  );
}

/** Which two of the owners are compared: those the address names, else the first and the second. */
function sides(owners: Owner[], { left, right }: FilesLook): [number, number] {
  const at = (id: string | undefined) => owners.findIndex(({ run }) => run.run_id === id);
  const one = Math.max(0, at(left));
  const other = at(right);
  return [one, other >= 0 && other !== one ? other : one === 0 ? Math.min(1, owners.length - 1) : 0];
}

interface SidesProps {
  owners: Owner[];
  left: number;
  right: number;
  onSearch: (change: FilesLook) => void;
}

function Sides({ owners, left, right, onSearch }: SidesProps) {
  const select = (label: string, at: number, onChange: (id: string) => void) => (
    <label className="chart-choice">
      {label}
      <select value={owners[at]!.run.run_id} onChange={(event) => onChange(event.target.value)}>
        {owners.map(({ run, name }) => (
          <option key={run.run_id} value={run.run_id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
  const [one, other] = [owners[left]!.run.run_id, owners[right]!.run.run_id];
  return (
    <>
      {select("Left", left, (id) => onSearch({ left: id, right: id === other ? one : other }))}
      {select("Right", right, (id) => onSearch({ right: id, left: id === one ? other : one }))}
    </>
  );
}

/** A patch means little without what it is to be applied to. */
function Commits({ owners }: { owners: Owner[] }) {
  const commits = owners.map(({ run }) => run.tags[COMMIT_TAG]);
  if (commits.every((commit) => commit === undefined)) return null;
  return (
    <p className="shared-commits">
      {commits[0] === commits[1] ? (
        <span>
          Both on commit <code>{commits[0]?.slice(0, 10)}</code>
        </span>
      ) : (
        owners.map(({ run, name }, at) => (
          <span key={run.run_id}>
            {name} on commit <code>{commits[at]?.slice(0, 10) ?? "unknown"}</code>
          </span>
        ))
      )}
    </p>
  );
}

function Lines({ name, before, after }: { name: string; before: string; after: string }) {
  const diff = useMemo(() => lineDiff(name, before, after), [name, before, after]);
  if (diff.lines.length === 0) return <p className="quiet">The two are the same, line by line.</p>;
  return (
    <div className="patch">
      <FileView file={diff} />
    </div>
  );
}

function Tables({ tables, owners }: { tables: string[][][]; owners: Owner[] }) {
  const [only, setOnly] = useState(false);
  const { columns, rows } = useMemo(() => joinedTables(tables.map((table) => table.slice(0, MOST_ROWS + 1))), [tables]);
  const differing = rows.filter((row) => row.differs);
  const shown = only ? differing : rows;
  return (
    <>
      <p className="quiet">
        {counted(rows.length, "row")}, of which {differing.length === 0 ? "none differs" : `${differing.length} ${differing.length === 1 ? "differs" : "differ"}`}{" "}
        {differing.length > 0 && (
          <button type="button" className="link-button" aria-pressed={only} onClick={() => setOnly(!only)}>
            {only ? "Show all" : "Show only those"}
          </button>
        )}
      </p>
      {/* A region that scrolls must be reachable without a mouse. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="table-wrap compare-wrap shared-table" tabIndex={0} role="region" aria-label="Tables side by side">
        <table className="table compare-table">
          <thead>
            <tr>
              {columns.map(({ name, from }) => (
                <th key={`${from} ${name}`} scope="col">
                  {from !== null && <i className="run-dot" style={{ background: owners[from]!.colour }} aria-hidden="true" />}
                  {name}
                  {from !== null && <span className="quiet"> {owners[from]!.name}</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, at) => (
              // oxlint-disable-next-line react/no-array-index-key -- a row is its place
              <tr key={at} className={row.differs ? "differs" : undefined}>
                {row.cells.map((cell, column) => (
                  // oxlint-disable-next-line react/no-array-index-key -- a cell is its place
                  <td key={column}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Pictures({ file, owners, contents, search, onSearch }: SharedProps) {
  const [share, setShare] = useState(0.5);
  const [left] = sides(owners, search);
  const how = owners.length > 1 ? search.overlay : undefined;
  const picture = (at: number) => (
    <SafeImage content={contents[at]!} path={file.path} alt={`${file.path} of ${owners[at]!.name}`} instead={(reason) => <span>{reason}</span>} />
  );
  return (
    <>
      <Head file={file}>
        {owners.length > 1 && <OverlayControls how={how} share={share} onShare={setShare} onHow={(overlay) => onSearch({ overlay })} />}
        {how && (
          <label className="chart-choice">
            Over
            <select value={owners[left]!.run.run_id} onChange={(event) => onSearch({ left: event.target.value })}>
              {owners.map(({ run, name }) => (
                <option key={run.run_id} value={run.run_id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
      </Head>
      <div className="shared-pictures">
        {owners.map(({ run, name, colour }, at) => (
          <figure key={run.run_id} className="card step-card">
            <div className="step-picture">
              {how && at !== left ? <ImagePair how={how} share={share} onShare={setShare} below={picture(left)} above={picture(at)} /> : picture(at)}
            </div>
            <figcaption>
              <i className="run-dot" style={{ background: colour }} aria-hidden="true" />
              <span className="chart-title">{name}</span>
            </figcaption>
          </figure>
        ))}
      </div>
    </>
  );
}

/** What is no text can still be told to be the same. */
function Bytes({ file, owners, contents }: { file: SharedFile; owners: Owner[]; contents: Content[] }) {
  const isCut = contents.some((content) => !content.whole);
  const first = contents[0]!.bytes;
  const same = !isCut && contents.every(({ bytes }) => bytes.length === first.length && bytes.every((byte, at) => byte === first[at]));
  return (
    <>
      <Head file={file} />
      <p className="quiet">
        {owners.length === 1
          ? `Only ${owners[0]!.name} has this file.`
          : same
            ? `All ${owners.length} are the same, byte by byte.`
            : file.differs
              ? "They differ in size, and are no text that could be compared line by line."
              : isCut
                ? "They are of the same size, and too long to be compared here."
                : "They are of the same size and differ, and are no text that could be compared line by line."}
      </p>
    </>
  );
}

function tableOf(path: string, text: string): string[][] | null {
  const kind = fileKind(path);
  if (kind === "table") return parseDelimited(text, extension(path) === "tsv" ? "\t" : ",", MOST_ROWS + 1);
  if (kind !== "json") return null;
  try {
    return tableInJson(JSON.parse(text));
  } catch {
    return null;
  }
}

/** JSON on one line has no lines to compare. */
function pretty(path: string, text: string): string {
  if (fileKind(path) !== "json") return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
