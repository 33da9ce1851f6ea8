/** A line on one side of a change; null where the side has none. */
export interface DiffCell {
  number: number;
  text: string;
}

export interface DiffLine {
  kind: "same" | "changed" | "gap";
  old: DiffCell | null;
  new: DiffCell | null;
}

export interface FileDiff {
  name: string;
  /** What became of the file as a whole: added, deleted, renamed, binary; "" for a change of its lines. */
  note: string;
  added: number;
  removed: number;
  lines: DiffLine[];
}

export interface Patch {
  /** What stands before the first file: what was left out and why. */
  notes: string[];
  files: FileDiff[];
}

/** A unified diff (`git diff`) as files with both sides of each change next to each other. */
export function parsePatch(text: string): Patch {
  const patch: Patch = { notes: [], files: [] };
  let file: FileDiff | null = null;
  let [oldAt, newAt] = [0, 0];
  // How many lines of the hunk are still to come; what looks like a header inside of one is a line.
  let [oldLeft, newLeft] = [0, 0];
  let [removed, added]: [DiffCell[], DiffCell[]] = [[], []];
  const settle = () => {
    for (let at = 0; at < Math.max(removed.length, added.length); at++) {
      file?.lines.push({ kind: "changed", old: removed[at] ?? null, new: added[at] ?? null });
    }
    [removed, added] = [[], []];
  };
  for (const line of text.split("\n")) {
    if (file && (oldLeft > 0 || newLeft > 0)) {
      if (line.startsWith("-")) {
        if (added.length > 0) settle();
        removed.push({ number: oldAt++, text: line.slice(1) });
        file.removed += 1;
        oldLeft -= 1;
        continue;
      }
      if (line.startsWith("+")) {
        added.push({ number: newAt++, text: line.slice(1) });
        file.added += 1;
        newLeft -= 1;
        continue;
      }
      if (line.startsWith("\\")) continue;
      settle();
      file.lines.push({ kind: "same", old: { number: oldAt++, text: line.slice(1) }, new: { number: newAt++, text: line.slice(1) } });
      oldLeft -= 1;
      newLeft -= 1;
      continue;
    }
    settle();
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/s.exec(line);
    const begin = /^diff --git .*? "?b\/(.*?)"?$/s.exec(line);
    if (begin) {
      file = { name: begin[1]!, note: "", added: 0, removed: 0, lines: [] };
      patch.files.push(file);
    } else if (hunk && file) {
      [oldAt, oldLeft, newAt, newLeft] = [Number(hunk[1]), Number(hunk[2] ?? 1), Number(hunk[3]), Number(hunk[4] ?? 1)];
      file.lines.push({ kind: "gap", old: { number: oldAt, text: hunk[5] ?? "" }, new: null });
    } else if (!file) {
      if (line.startsWith("+++ ")) {
        file = { name: line.slice(4).replace(/^b\//, "").split("\t")[0]!, note: "", added: 0, removed: 0, lines: [] };
        patch.files.push(file);
      } else if (line.startsWith("#")) patch.notes.push(line.replace(/^#\s*/, ""));
    } else if (line.startsWith("new file")) file.note = "added";
    else if (line.startsWith("deleted file")) file.note = "deleted";
    else if (line.startsWith("rename from ")) file.note = `renamed from ${line.slice("rename from ".length)}`;
    else if (line.startsWith("Binary files") || line.startsWith("GIT binary")) file.note = file.note ? `${file.note}, binary` : "binary";
  }
  settle();
  return patch;
}
