import type { Place } from "../api/artifacts";
import type { FileInfo, RunRow } from "../api/schema";

/** A name in the same folder of several runs. */
export interface SharedFile {
  path: string;
  isFolder: boolean;
  /** Which of the runs have it, by their place. */
  owners: number[];
  /** Whether what they have is surely not the same: it has different sizes. */
  differs: boolean;
}

/** What a folder holds in all runs together: folders first, then what most runs have, by name. */
export function sharedFiles(listings: FileInfo[][]): SharedFile[] {
  const found = new Map<string, SharedFile>();
  const sizes = new Map<string, Set<number>>();
  listings.forEach((files, owner) => {
    for (const file of files) {
      const known = found.get(file.path) ?? { path: file.path, isFolder: file.is_dir, owners: [], differs: false };
      known.owners.push(owner);
      found.set(file.path, known);
      if (file.is_dir) continue;
      const own = sizes.get(file.path) ?? new Set();
      sizes.set(file.path, own.add(Number(file.file_size ?? 0)));
      known.differs = own.size > 1;
    }
  });
  return [...found.values()].sort((a, b) => Number(b.isFolder) - Number(a.isFolder) || b.owners.length - a.owners.length || a.path.localeCompare(b.path, "en", { numeric: true }));
}

const MODELS = "models:";

/** Where a path of a comparison lies with a run: in its own files or, below "models:NAME", in those of the last model of that name; null where it has none. */
export function placeOf(run: RunRow, path: string): { place: Place; path: string; above: string } | null {
  if (!path.startsWith(MODELS)) return { place: { kind: "run", runId: run.run_id }, path, above: "" };
  const [top = "", ...rest] = path.split("/");
  const model = run.models.findLast(({ name }) => MODELS + name === top);
  return model ? { place: { kind: "model", modelId: model.model_id }, path: rest.join("/"), above: `${top}/` } : null;
}

/** A path as people read it. */
export function shownPath(path: string): string {
  return path.startsWith(MODELS) ? path.slice(MODELS.length) : path;
}

/** The models of a run, a folder for each name. */
export function modelFolders(run: RunRow): FileInfo[] {
  return [...new Set(run.models.map(({ name }) => MODELS + name))].map((path) => ({ path, is_dir: true }));
}

export function isModelFolder(path: string): boolean {
  return path.startsWith(MODELS) && !path.includes("/");
}
