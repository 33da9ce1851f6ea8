import type { FileInfo } from "../api/schema";

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
