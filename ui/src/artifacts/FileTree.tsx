import { useQueries, useQueryClient } from "@tanstack/react-query";
import { type CSSProperties, type RefObject, useEffect, useMemo, useState } from "react";

import { folder } from "../api/artifacts";
import { Icon } from "../components/Icon";
import { messageOf } from "../components/States";
import type { Root } from "../lib/artifactRoots";
import { bytes } from "../lib/numbers";
import { fileName } from "../lib/paths";
import { stepImageTitle } from "../lib/stepImages";
import { type FileLine, type FolderKnown, type FolderLine, type NoteLine, type TreeLine, treeLines } from "../lib/treeLines";
import { useVisibleRows } from "../lib/useVisibleRows";
import type { FilesProps } from "./Files";

interface FileTreeProps extends Pick<FilesProps, "link"> {
  roots: Root[];
  /** The path that the address points at. */
  current: string;
  /** What the tree scrolls in. */
  scroller: RefObject<HTMLElement | null>;
}

/** Of a folder of many thousand files the lines in sight are drawn. */
export function FileTree({ roots, current, scroller, link }: FileTreeProps) {
  const cache = useQueryClient();
  // A folder on the way to what is shown is open; what the person opened or closed since counts more.
  const [choices, setChoices] = useState<ReadonlyMap<string, boolean>>(new Map());
  const isOpen = (urlPath: string) => choices.get(urlPath) ?? (current === urlPath || current.startsWith(`${urlPath}/`));
  const known = ({ root, path }: { root: Root; path: string }): FolderKnown => {
    const state = cache.getQueryState(folder(root.place, path).queryKey);
    return state?.data ?? (state?.status === "error" ? "failed" : undefined);
  };
  const { lines, read } = treeLines(roots, known, isOpen);
  // Draws anew when one of the folders is there, by which those in it may be asked for.
  useQueries({ queries: read.map(({ root, path }) => folder(root.place, path)) });
  return (
    <Lines
      lines={lines}
      current={current}
      scroller={scroller}
      link={link}
      onToggle={(line) => setChoices(new Map(choices).set(line.urlPath, !line.open))}
    />
  );
}

interface LinesProps extends Omit<FileTreeProps, "roots"> {
  lines: TreeLine[];
  onToggle: (line: FolderLine) => void;
}

function Lines({ lines, current, scroller, link, onToggle }: LinesProps) {
  const height = useMemo(lineHeight, []);
  const { first, end } = useVisibleRows(scroller, lines.length, height, 0, 0);
  const at = lines.findIndex((line) => line.urlPath === current);
  useEffect(() => {
    const tree = scroller.current;
    const top = at * height;
    // Not at an edge, as the foot of the tree may be out of sight itself.
    if (tree && at >= 0 && (top < tree.scrollTop || top + height > tree.scrollTop + 0.8 * tree.clientHeight)) tree.scrollTop = top - tree.clientHeight / 3;
    // Where it is changes with every folder that is opened; only another file is gone to.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [current, at >= 0]);
  return (
    <ul className="tree-lines" style={{ height: lines.length * height }}>
      {lines.slice(first, end).map((line, index) => (
        <li key={`${line.kind} ${line.urlPath}`} className="tree-line" aria-level={line.depth + 1} style={{ top: (first + index) * height }}>
          {line.kind === "file" ? (
            <File line={line} current={current} link={link} />
          ) : "open" in line ? (
            <Folder line={line} current={current} link={link} onToggle={onToggle} />
          ) : (
            <Note line={line} />
          )}
        </li>
      ))}
    </ul>
  );
}

/** 1.75 rem, as in the style, in px. */
function lineHeight(): number {
  return 1.75 * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

function indent(depth: number, by: number): CSSProperties {
  return { paddingLeft: `${depth * 0.95 + by}rem` };
}

function Folder({ line, current, link, onToggle }: Pick<LinesProps, "current" | "link" | "onToggle"> & { line: FolderLine }) {
  const isCurrent = current === line.urlPath;
  return (
    <div className={isCurrent ? "tree-item tree-current" : "tree-item"} style={indent(line.depth, 0.3)}>
      <button
        type="button"
        className="tree-toggle"
        aria-expanded={line.open}
        aria-label={`${line.open ? "Close" : "Open"} folder ${line.name}`}
        onClick={() => onToggle(line)}
      >
        <Icon name={line.open ? "down" : "right"} size={12} />
      </button>
      {link(
        line.urlPath,
        <>
          <Icon name={line.kind === "model" ? "models" : "folder"} size={15} />
          <span className="tree-name" title={line.name}>
            {line.name}
          </span>
        </>,
        { className: "tree-link", "aria-current": isCurrent ? "page" : undefined },
      )}
    </div>
  );
}

function File({ line, current, link }: Pick<LinesProps, "current" | "link"> & { line: FileLine }) {
  const isCurrent = current === line.urlPath;
  const name = fileName(line.path);
  return (
    <div className={isCurrent ? "tree-item tree-current" : "tree-item"} style={indent(line.depth, 1.8)}>
      {link(
        line.urlPath,
        <>
          <Icon name="file" size={15} />
          <span className="tree-name" title={name}>
            {stepImageTitle(name) ?? name}
          </span>
          {line.file.file_size !== undefined && <span className="tree-size">{bytes(Number(line.file.file_size))}</span>}
        </>,
        { className: "tree-link", "aria-current": isCurrent ? "page" : undefined },
      )}
    </div>
  );
}

function Note({ line }: { line: NoteLine }) {
  const cache = useQueryClient();
  const style = indent(line.depth, 1.8);
  if (line.kind === "empty") {
    return (
      <div className="tree-note quiet" style={style}>
        empty
      </div>
    );
  }
  if (line.kind === "loading") {
    return (
      <div className="tree-note" style={style}>
        <span className="skeleton-bar tree-bar" role="status" aria-label="Loading the folder" />
      </div>
    );
  }
  const asked = folder(line.root.place, line.path);
  const reason = messageOf(cache.getQueryState(asked.queryKey)?.error ?? new Error("The folder was not read."));
  return (
    <div className="tree-note" style={style}>
      <span className="tree-name" title={reason}>
        {reason}
      </span>
      <button type="button" className="link-button" onClick={() => void cache.refetchQueries({ queryKey: asked.queryKey, exact: true })}>
        Retry
      </button>
    </div>
  );
}
