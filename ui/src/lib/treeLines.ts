/** A tree of files as the lines of which those in sight are drawn, however many there are. */

import type { FileInfo } from "../api/schema";
import type { Root } from "./artifactRoots";
import { fileName, joined } from "./paths";

interface Place {
  root: Root;
  /** Inside the root; "" for its top. */
  path: string;
}

interface Line extends Place {
  /** Where it is in the address, which no two lines share. */
  urlPath: string;
  depth: number;
}

export interface FolderLine extends Line {
  kind: "folder" | "model";
  name: string;
  open: boolean;
}

export interface FileLine extends Line {
  kind: "file";
  file: FileInfo;
}

/** What stands in place of the entries of an open folder: it is being read, was not, or has none. */
export interface NoteLine extends Line {
  kind: "loading" | "failed" | "empty";
}

export type TreeLine = FolderLine | FileLine | NoteLine;

/** What is known of a folder: its entries, that it could not be read, or nothing yet. */
export type FolderKnown = FileInfo[] | "failed" | undefined;

/** The lines from top to bottom, and the folders that have to be read for them. */
export function treeLines(roots: Root[], known: (place: Place) => FolderKnown, isOpen: (urlPath: string) => boolean): { lines: TreeLine[]; read: Place[] } {
  const lines: TreeLine[] = [];
  const read: Place[] = [];
  const models = new Set(roots.map((root) => root.name));
  const enter = (root: Root, path: string, depth: number) => {
    read.push({ root, path });
    const entries = known({ root, path });
    const note = { root, path, urlPath: joined(root.name, path), depth };
    if (entries === undefined) lines.push({ kind: "loading", ...note });
    else if (entries === "failed") lines.push({ kind: "failed", ...note });
    else if (entries.length === 0 && depth > 0) lines.push({ kind: "empty", ...note });
    else for (const entry of entries) add(root, entry, depth);
  };
  const add = (root: Root, entry: FileInfo, depth: number) => {
    const line = { root, path: entry.path, urlPath: joined(root.name, entry.path), depth };
    // The folder of a model lies beside the run's own files, and is shown once.
    if (root.name === "" && models.has(entry.path)) return;
    if (entry.is_dir) fold({ kind: "folder", name: fileName(entry.path), ...line });
    else lines.push({ kind: "file", file: entry, ...line });
  };
  const fold = (line: Omit<FolderLine, "open">) => {
    const open = isOpen(line.urlPath);
    lines.push({ ...line, open });
    if (open) enter(line.root, line.path, line.depth + 1);
  };
  for (const root of roots) {
    if (root.name === "") enter(root, "", 0);
    else fold({ kind: "model", name: root.name, root, path: "", urlPath: root.name, depth: 0 });
  }
  return { lines, read };
}
