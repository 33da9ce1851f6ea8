import "./Files.css";

import { useQuery } from "@tanstack/react-query";
import { type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactNode, useMemo, useRef } from "react";

import { folder, type Place, placeKey } from "../api/artifacts";
import type { FileInfo } from "../api/schema";
import { Empty, Failure, Skeleton } from "../components/States";
import { locate, type Root } from "../lib/artifactRoots";
import { fileName, folderOf, joined } from "../lib/paths";
import { keep, useStored } from "../lib/stored";
import { FileTree } from "./FileTree";
import { FilePreview } from "./FilePreview";
import { FolderView } from "./FolderView";

/** What a model folder needs to know to be loaded, registered and talked about. */
export interface ModelOfFolder {
  uri: string;
  runId: string;
  modelId: string;
  name: string;
}

export interface FilesProps {
  /** The folders that are shown together, the first one without a name of its own. */
  roots: Root[];
  /** Where in them the address points; "" for nowhere yet. */
  path: string;
  /** The model that a folder with an MLmodel file would be. */
  modelOf: (place: Place, path: string) => ModelOfFolder;
  link: (path: string, children: ReactNode, props: { className: string; "aria-current"?: "page" | undefined }) => ReactNode;
  /** What is said when there is no file at all. */
  empty: ReactNode;
}

/** A tree of files on the left, and what the chosen one holds on the right. */
export function Files({ roots, path, modelOf, link, empty }: FilesProps) {
  const at = useMemo(() => locate(roots, path), [roots, path]);
  const top = useQuery(folder(roots[0]!.place, ""));
  const width = useTreeWidth();
  const tree = useRef<HTMLElement>(null);
  const isEmpty = roots.length === 1 && top.data?.length === 0;
  if (isEmpty) return empty;
  return (
    <div className="files" style={{ "--tree": `${width}px` } as CSSProperties}>
      <nav className="card files-tree" aria-label="Files" ref={tree} onKeyDown={moveInTree}>
        <FileTree roots={roots} current={path} scroller={tree} link={link} />
      </nav>
      <Divider width={width} />
      <section className="card files-content" aria-label="Content">
        {path === "" ? (
          <Start roots={roots} link={link} />
        ) : (
          <Chosen key={path} place={at.place} path={at.path} urlPath={path} modelOf={modelOf} link={link} />
        )}
      </section>
    </div>
  );
}

const STORED = "flowmill.tree";
const [NARROWEST, USUAL, WIDEST] = [160, 304, 720];

function useTreeWidth(): number {
  const stored = useStored(STORED);
  return typeof stored === "number" && Number.isFinite(stored) ? Math.min(WIDEST, Math.max(NARROWEST, stored)) : USUAL;
}

/** Between the tree and what is shown: dragged, or moved with the arrow keys; a double click gives the usual width. */
function Divider({ width }: { width: number }) {
  const set = (to: number) => keep(STORED, Math.round(Math.min(WIDEST, Math.max(NARROWEST, to))));
  const start = (event: PointerEvent<HTMLElement>) => {
    event.preventDefault();
    const bar = event.currentTarget;
    const from = event.clientX;
    const move = (moved: globalThis.PointerEvent) => set(width + moved.clientX - from);
    const end = () => bar.removeEventListener("pointermove", move);
    bar.setPointerCapture(event.pointerId);
    bar.addEventListener("pointermove", move);
    bar.addEventListener("pointerup", end, { once: true });
    bar.addEventListener("pointercancel", end, { once: true });
  };
  const onKey = (event: KeyboardEvent) => {
    const by = event.key === "ArrowLeft" ? -16 : event.key === "ArrowRight" ? 16 : 0;
    if (by !== 0) {
      event.preventDefault();
      set(width + by);
    }
  };
  return (
    <div
      className="files-divider"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the tree"
      aria-valuenow={width}
      aria-valuemin={NARROWEST}
      aria-valuemax={WIDEST}
      // A separator that moves takes the focus, as ARIA asks.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onPointerDown={start}
      onDoubleClick={() => keep(STORED, USUAL)}
      onKeyDown={onKey}
    />
  );
}

function Start({ roots, link }: Pick<FilesProps, "roots" | "link">) {
  const models = roots.filter((root) => root.name !== "");
  return (
    <Empty icon="file" title="Choose a file to see it">
      {models.length > 0 && (
        <p>
          {models.map((root, at) => (
            <span key={root.name}>
              {at > 0 && ", "}
              {link(root.name, root.name, { className: "" })}
            </span>
          ))}{" "}
          {models.length === 1 ? "is a model: it has its own page with code." : "are models: they have their own pages with code."}
        </p>
      )}
    </Empty>
  );
}

interface ChosenProps extends Pick<FilesProps, "modelOf" | "link"> {
  place: Place;
  path: string;
  urlPath: string;
}

/** Whether an address names a folder or a file is only known from the folder around it. */
function Chosen({ place, path, urlPath, modelOf, link }: ChosenProps) {
  const around = useQuery({ ...folder(place, folderOf(path)), enabled: path !== "" });
  if (path === "") return <FolderView place={place} path="" urlPath={urlPath} modelOf={modelOf} link={link} />;
  if (around.error) return <Failure error={around.error} what={`read the folder of ${path}`} onRetry={() => void around.refetch()} />;
  if (!around.data) return <Skeleton lines={6} />;
  const entry = around.data.find((each) => each.path === path || fileName(each.path) === fileName(path));
  if (!entry) return <NoSuchFile path={path} />;
  if (entry.is_dir) return <FolderView place={place} path={path} urlPath={urlPath} modelOf={modelOf} link={link} />;
  const files = around.data.filter((each) => !each.is_dir);
  const at = files.indexOf(entry);
  const beside = (by: number) => {
    const other = files[at + by];
    return other && joined(folderOf(urlPath), fileName(other.path));
  };
  return (
    <FilePreview
      key={`${placeKey(place)} ${path}`}
      place={place}
      file={entry as FileInfo}
      urlPath={urlPath}
      link={link}
      before={beside(-1)}
      after={beside(1)}
    />
  );
}

function NoSuchFile({ path }: { path: string }) {
  return (
    <Empty icon="file" title={`There is no file ${path}`}>
      <p>It may have been deleted, or it was never logged.</p>
    </Empty>
  );
}

/** Up and down go from line to line of the tree, Home and End to the first and the last, right and left open and close. */
function moveInTree(event: KeyboardEvent<HTMLElement>): void {
  const { target, currentTarget, key } = event;
  if (!(target instanceof HTMLElement)) return;
  const lines = [...currentTarget.querySelectorAll<HTMLElement>(".tree-item")];
  const line = target.closest<HTMLElement>(".tree-item");
  const at = line ? lines.indexOf(line) : -1;
  if (!line || at < 0) return;
  const toggle = line.querySelector<HTMLElement>(".tree-toggle");
  if (key === "ArrowDown" || key === "ArrowUp") {
    event.preventDefault();
    lines[at + (key === "ArrowDown" ? 1 : -1)]?.querySelector<HTMLElement>("a")?.focus();
  } else if (key === "Home" || key === "End") {
    event.preventDefault();
    currentTarget.scrollTop = key === "Home" ? 0 : currentTarget.scrollHeight;
    // The line is drawn when it is in sight.
    setTimeout(() => [...currentTarget.querySelectorAll<HTMLElement>(".tree-item a")].at(key === "Home" ? 0 : -1)?.focus(), 50);
  } else if (toggle && ((key === "ArrowRight" && toggle.ariaExpanded === "false") || (key === "ArrowLeft" && toggle.ariaExpanded === "true"))) {
    event.preventDefault();
    toggle.click();
  }
}

export function crumbsOf(urlPath: string): { name: string; path: string }[] {
  const parts = urlPath.split("/");
  return parts.map((name, at) => ({ name, path: joined(...parts.slice(0, at + 1)) }));
}
