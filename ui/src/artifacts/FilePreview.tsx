import { useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useState } from "react";

import { type Content, fileAddress, fileContent, type Place, placeKey } from "../api/artifacts";
import type { FileInfo } from "../api/schema";
import { Button, IconButton } from "../components/Button";
import { CopyButton } from "../components/Copy";
import { CodeText } from "../components/Snippet";
import { Choice } from "../components/Field";
import { Icon } from "../components/Icon";
import { Empty, Failure, Skeleton } from "../components/States";
import { asText, extension, type FileKind, fileKind } from "../lib/files";
import { fileName } from "../lib/paths";
import { languageOf } from "../lib/highlight";
import { geoMap } from "../lib/geojson";
import { tableInJson, tableOfLines } from "../lib/jsonTable";
import { notebookOf } from "../lib/notebook";
import { bytes } from "../lib/numbers";
import { bytesOfPart, countOfParts, linesOfPart, NEW_LINE } from "../lib/textParts";
import { useLastGood } from "../lib/useLastGood";
import type { FilesProps } from "./Files";
import { PathCrumbs } from "./FolderView";
import { ImagePreview } from "./ImagePreview";

const Markdown = lazy(() => import("../components/Markdown"));
const NotebookPreview = lazy(() => import("./NotebookPreview"));
const TablePreview = lazy(() => import("./TablePreview"));
const ParquetPreview = lazy(() => import("./ParquetPreview"));
const PatchPreview = lazy(() => import("./PatchPreview"));
const BinaryPreview = lazy(() => import("./BinaryPreview"));
const HtmlPreview = lazy(() => import("./HtmlPreview"));
const MapPreview = lazy(() => import("./MapPreview"));

/** Played while it is fetched, or read where its format says. */
type NotLoaded = "audio" | "video" | "parquet" | "array" | "archive" | "tensors";

/** How much of a file is read at once to show it, in bytes. */
const CAPS: Record<Exclude<FileKind, NotLoaded>, number> = {
  image: 20_000_000,
  pdf: 50_000_000,
  notebook: 20_000_000,
  patch: 2_000_000,
  table: 500_000,
  json: 500_000,
  map: 10_000_000,
  yaml: 500_000,
  markdown: 500_000,
  html: 30_000_000,
  code: 500_000,
  // A file of no known kind may still be text.
  unknown: 200_000,
};

/** What a file is called when it is not shown as its text. */
const RENDERED: Partial<Record<FileKind, string>> = { table: "Table", patch: "Side by side", map: "Map" };

interface FilePreviewProps extends Pick<FilesProps, "link"> {
  place: Place;
  file: FileInfo;
  urlPath: string;
  /** Where the files before and after it in its folder are. */
  before?: string | undefined;
  after?: string | undefined;
}

export function FilePreview({ place, file, urlPath, link, before, after }: FilePreviewProps) {
  const path = file.path;
  const kind = fileKind(path);
  const href = fileAddress(place, path);
  const [source, setSource] = useState(false);
  const hasSource = kind === "markdown" || kind === "html" || kind === "table" || kind === "notebook" || kind === "patch" || kind === "map";
  return (
    <>
      <header className="file-head">
        <PathCrumbs urlPath={urlPath} link={link} />
        <CopyButton text={path} label="Copy the path" />
        {file.file_size !== undefined && <span className="quiet file-size">{bytes(Number(file.file_size))}</span>}
        <span className="file-actions">
          {(before !== undefined || after !== undefined) && (
            <span className="file-steps">
              <Neighbour to={before} icon="left" label="Previous file" link={link} />
              <Neighbour to={after} icon="right" label="Next file" link={link} />
            </span>
          )}
          {hasSource && (
            <Choice
              label="How to show the file"
              value={source ? "source" : "shown"}
              choices={[
                { value: "shown", text: RENDERED[kind] ?? "Rendered" },
                { value: "source", text: "Text" },
              ]}
              onChange={(value) => setSource(value === "source")}
            />
          )}
          <a className="button" href={href} download={fileName(path)}>
            <Icon name="download" />
            Download
          </a>
        </span>
      </header>
      {kind === "audio" || kind === "video" ? (
        <Player kind={kind} href={href} name={fileName(path)} />
      ) : kind === "parquet" ? (
        <Suspense fallback={<Skeleton lines={7} />}>
          <ParquetPreview
            place={place}
            path={path}
            size={Number(file.file_size ?? 0)}
            instead={(reason) => <NoPreview href={href} name={fileName(path)} reason={reason} />}
          />
        </Suspense>
      ) : kind === "array" || kind === "archive" || kind === "tensors" ? (
        <Suspense fallback={<Skeleton lines={7} />}>
          <BinaryPreview
            kind={kind}
            place={place}
            path={path}
            size={Number(file.file_size ?? 0)}
            instead={(reason) => <NoPreview href={href} name={fileName(path)} reason={reason} />}
          />
        </Suspense>
      ) : (
        <Loaded place={place} path={path} kind={source ? "code" : kind} cap={CAPS[kind]} href={href} />
      )}
    </>
  );
}

function Neighbour({ to, icon, label, link }: Pick<FilesProps, "link"> & { to: string | undefined; icon: "left" | "right"; label: string }) {
  const shown = (
    <>
      <Icon name={icon} />
      <span className="visually-hidden">{label}</span>
    </>
  );
  if (to === undefined) return <span className="icon-button file-step-none">{shown}</span>;
  return link(to, shown, { className: "icon-button" });
}

function Player({ kind, href, name }: { kind: "audio" | "video"; href: string; name: string }) {
  const [broken, setBroken] = useState(false);
  if (broken) return <NoPreview href={href} name={name} reason={`This browser cannot play ${name}: it is broken, or in a format that the browser does not know.`} />;
  const shared = { controls: true, src: href, "aria-label": name, onError: () => setBroken(true) };
  return (
    <div className="file-body">
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- what was logged has no captions to offer */}
      {kind === "audio" ? <audio {...shared} /> : <video {...shared} />}
    </div>
  );
}

interface LoadedProps {
  place: Place;
  path: string;
  kind: Exclude<FileKind, NotLoaded>;
  cap: number;
  href: string;
}

function Loaded({ place, path, kind, cap, href }: LoadedProps) {
  return kind in BY_PARTS ? <InParts place={place} path={path} kind={kind as PartKind} size={cap} href={href} /> : <First place={place} path={path} kind={kind} cap={cap} href={href} />;
}

function First({ place, path, kind, cap, href }: LoadedProps) {
  const file = useQuery(fileContent(place, path, cap));
  if (file.error) return <Failure error={file.error} what={`read ${path}`} onRetry={() => void file.refetch()} />;
  if (!file.data) return <Skeleton lines={7} />;
  if (file.data.total === 0) return <NothingInIt />;
  if (kind === "image") return <ImagePreview content={file.data} path={path} instead={(reason) => <NoPreview href={href} name={fileName(path)} reason={reason} />} />;
  if (kind === "pdf") return <PdfPreview content={file.data} path={path} href={href} />;
  const cut = !file.data.whole && (
    <p className="file-cut" role="status">
      Only the first {bytes(cap)} are shown. The download has all of it.
    </p>
  );
  return <TextPreview content={file.data} path={path} kind={kind} href={href} note={cut} />;
}

/** Kinds whose lines mean something without those before them. */
const BY_PARTS = { table: true, json: true, yaml: true, code: true, unknown: true } as const satisfies Partial<Record<FileKind, true>>;
type PartKind = keyof typeof BY_PARTS;

/** A text that may be longer than memory: a part of it, and the way to any other. */
function InParts({ place, path, kind, size, href }: Pick<LoadedProps, "place" | "path" | "href"> & { kind: PartKind; size: number }) {
  const [part, setPart] = useState(0);
  const { start, length } = bytesOfPart(part, size);
  const file = useQuery(fileContent(place, path, length, start));
  const first = useQuery({ ...fileContent(place, path, bytesOfPart(0, size).length), enabled: kind === "table" && part > 0 });
  const read = useMemo((): Content | undefined => {
    if (!file.data || file.data.whole) return file.data;
    const lines = linesOfPart(file.data.bytes, part, size, part === countOfParts(file.data.total, size) - 1);
    // A table's columns are named at its top.
    const names = kind === "table" && part > 0 && first.data?.bytes.subarray(0, first.data.bytes.indexOf(NEW_LINE) + 1);
    return { ...file.data, bytes: names ? new Uint8Array([...names, ...lines]) : lines };
  }, [file.data, first.data, kind, part, size]);
  // Until another part is there, the one before stays.
  const content = useLastGood(read, `${placeKey(place)} ${path} ${kind}`);
  if (file.error) return <Failure error={file.error} what={`read ${path}`} onRetry={() => void file.refetch()} />;
  if (!content) return <Skeleton lines={7} />;
  if (content.total === 0) return <NothingInIt />;
  const steps = !content.whole && <PartSteps part={part} count={countOfParts(content.total, size)} size={size} busy={!read} onPart={setPart} />;
  return <TextPreview content={content} path={path} kind={kind} href={href} note={steps} />;
}

interface PartStepsProps {
  part: number;
  count: number;
  size: number;
  busy: boolean;
  onPart: (part: number) => void;
}

function PartSteps({ part, count, size, busy, onPart }: PartStepsProps) {
  const last = count - 1;
  const go = (to: number) => onPart(Math.min(last, Math.max(0, Math.round(to))));
  return (
    <div className="file-parts" role="group" aria-label="Parts of the file" aria-busy={busy}>
      <Button disabled={part === 0} onClick={() => go(0)}>
        Start
      </Button>
      <IconButton icon="left" label="Previous part" disabled={part === 0} onClick={() => go(part - 1)} />
      <label className="file-part">
        Part
        <input
          key={part}
          className="number"
          inputMode="numeric"
          defaultValue={part + 1}
          size={String(count).length + 1}
          onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
          onBlur={(event) => {
            const asked = Number(event.currentTarget.value);
            if (Number.isFinite(asked)) go(asked - 1);
          }}
        />
        of {count.toLocaleString("en-US")}
      </label>
      <IconButton icon="right" label="Next part" disabled={part >= last} onClick={() => go(part + 1)} />
      <Button disabled={part >= last} onClick={() => go(last)}>
        End
      </Button>
      <span className="quiet">{bytes(size)} each</span>
    </div>
  );
}

/** A document as a blob of a fixed type, which the browser's own viewer draws apart from this page. */
function PdfPreview({ content, path, href }: { content: Content; path: string; href: string }) {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([content.bytes], { type: "application/pdf" }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [content]);
  if (!content.whole) return <TooLarge href={href} name={fileName(path)} />;
  const isPdf = new TextDecoder("latin1").decode(content.bytes.subarray(0, 1024)).includes("%PDF-");
  if (!isPdf || !navigator.pdfViewerEnabled) {
    return <NoPreview href={href} name={fileName(path)} reason={isPdf ? "This browser shows no PDF." : "This file is no PDF."} />;
  }
  if (!url) return <Skeleton lines={7} />;
  // Browsers draw no PDF in a sandboxed frame; their viewer is an origin of its own, and the type is fixed above.
  // oxlint-disable-next-line react/iframe-missing-sandbox
  return <iframe className="file-frame" src={url} title={fileName(path)} />;
}

interface TextPreviewProps {
  content: Content;
  path: string;
  kind: Exclude<FileKind, NotLoaded | "image" | "pdf">;
  href: string;
  /** What is said above a part of a file. */
  note: ReactNode;
}

function TextPreview({ content, path, kind, href, note }: TextPreviewProps) {
  const text = useMemo(() => asText(content.bytes), [content]);
  if (text === null) return <NoPreview href={href} name={fileName(path)} reason="This file is not text." />;
  if ((kind === "html" || kind === "map") && !content.whole) return <TooLarge href={href} name={fileName(path)} />;
  return (
    <>
      {note}
      <Suspense fallback={<Skeleton lines={7} />}>{picture(text, path, kind, content.whole)}</Suspense>
    </>
  );
}

function NothingInIt() {
  return <Empty icon="file" title="This file is empty" />;
}

function picture(text: string, path: string, kind: TextPreviewProps["kind"], whole: boolean): ReactNode {
  switch (kind) {
    case "table":
      return <TablePreview text={text} delimiter={extension(path) === "tsv" ? "\t" : ","} whole={whole} isPart={!whole} />;
    case "json":
      return <JsonPreview text={text} path={path} whole={whole} />;
    case "map":
      return <MapOf text={text} name={fileName(path)} />;
    case "patch":
      return <PatchPreview text={text} name={fileName(path)} />;
    case "notebook":
      return <NotebookOf text={text} name={fileName(path)} />;
    case "markdown":
      return (
        <div className="file-body">
          <Markdown text={text} />
        </div>
      );
    case "html":
      return <HtmlPreview text={text} name={fileName(path)} />;
    default:
      return <PlainText text={text} language={kind === "yaml" ? "yaml" : languageOf(extension(path))} name={fileName(path)} />;
  }
}

function NotebookOf({ text, name }: { text: string; name: string }) {
  const notebook = useMemo(() => {
    try {
      return notebookOf(JSON.parse(text));
    } catch {
      return null;
    }
  }, [text]);
  return notebook ? <NotebookPreview notebook={notebook} name={name} /> : <PlainText text={text} language="json" name={name} />;
}

function MapOf({ text, name }: { text: string; name: string }) {
  const map = useMemo(() => {
    try {
      return geoMap(JSON.parse(text));
    } catch {
      return null;
    }
  }, [text]);
  return map ? <MapPreview map={map} name={name} /> : <PlainText text={text} language="json" name={name} />;
}

function PlainText({ text, language, name }: { text: string; language: string; name: string }) {
  return (
    // A region that scrolls must be reachable without a mouse.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className="file-text" tabIndex={0} role="region" aria-label={name}>
      <CodeText text={text} language={language} />
    </pre>
  );
}

function JsonPreview({ text, path, whole }: { text: string; path: string; whole: boolean }) {
  const [asTable, setAsTable] = useState(true);
  const { pretty, table } = useMemo(() => {
    if (/^(jsonl|ndjson)$/.test(extension(path))) return { pretty: text, table: tableOfLines(text, whole) };
    try {
      const value: unknown = JSON.parse(text);
      return { pretty: JSON.stringify(value, null, 2), table: tableInJson(value) };
    } catch {
      // Cut off, one document per line, or not JSON after all: shown as it is.
      return { pretty: text, table: tableOfLines(text, whole) };
    }
  }, [text, path, whole]);
  if (!table) return <PlainText text={pretty} language="json" name={fileName(path)} />;
  return (
    <>
      <div className="file-switch">
        <Choice
          label="How to show the table"
          value={asTable ? "table" : "json"}
          choices={[
            { value: "table", text: "Table" },
            { value: "json", text: "JSON" },
          ]}
          onChange={(value) => setAsTable(value === "table")}
        />
      </div>
      {asTable ? <TablePreview rows={table} whole={whole} isPart={!whole} /> : <PlainText text={pretty} language="json" name={fileName(path)} />}
    </>
  );
}

function TooLarge({ href, name }: { href: string; name: string }) {
  return <NoPreview href={href} name={name} reason="This file is too large to be shown here." />;
}

function NoPreview({ href, name, reason }: { href: string; name: string; reason: string }) {
  return (
    <Empty icon="file" title={reason}>
      <a className="button" href={href} download={name}>
        <Icon name="download" />
        Download {name}
      </a>
    </Empty>
  );
}
