import type { DiffLine, FileDiff } from "./diff";

/** Beyond so many changed lines the shortest way from one text to the other is not looked for. */
const MOST_CHANGES = 1500;
const CONTEXT = 3;

/** What has to be removed from and added to one text to get another, with a few lines around each change. */
export function lineDiff(name: string, before: string, after: string, context = CONTEXT): FileDiff {
  const [old, now] = [linesOf(before), linesOf(after)];
  const pairs = matched(old, now);
  const lines: DiffLine[] = [];
  let [added, removed] = [0, 0];
  let [oldAt, newAt] = [0, 0];
  const cell = (list: string[], at: number) => ({ number: at + 1, text: list[at]! });
  const settle = (oldEnd: number, newEnd: number) => {
    removed += oldEnd - oldAt;
    added += newEnd - newAt;
    for (; oldAt < oldEnd || newAt < newEnd; ) {
      lines.push({
        kind: "changed",
        old: oldAt < oldEnd ? cell(old, oldAt++) : null,
        new: newAt < newEnd ? cell(now, newAt++) : null,
      });
    }
  };
  for (const [oldEnd, newEnd] of pairs) {
    settle(oldEnd, newEnd);
    lines.push({ kind: "same", old: cell(old, oldAt++), new: cell(now, newAt++) });
  }
  settle(old.length, now.length);
  return { name, note: "", added, removed, lines: added + removed === 0 ? [] : folded(lines, context) };
}

function linesOf(text: string): string[] {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** Long stretches without a change become one line that says where the next one begins. */
function folded(lines: DiffLine[], context: number): DiffLine[] {
  const near = new Uint8Array(lines.length);
  lines.forEach((line, at) => {
    if (line.kind === "changed") near.fill(1, Math.max(0, at - context), at + context + 1);
  });
  return lines.flatMap((line, at): DiffLine[] => {
    if (near[at]) return [line];
    const isBeforeShown = near[at + 1] === 1;
    return isBeforeShown && lines[at + 1] ? [{ kind: "gap", old: { number: lines[at + 1]!.old?.number ?? 0, text: "" }, new: null }] : [];
  });
}

/** The places [in the old, in the new] of lines that stay, in order: a longest such list (Myers, 1986). */
function matched(old: string[], now: string[]): [number, number][] {
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let [oldEnd, newEnd] = [old.length, now.length];
  while (oldEnd > start && newEnd > start && old[oldEnd - 1] === now[newEnd - 1]) {
    oldEnd--;
    newEnd--;
  }
  const head = Array.from({ length: start }, (_, at): [number, number] => [at, at]);
  const tail = Array.from({ length: old.length - oldEnd }, (_, at): [number, number] => [oldEnd + at, newEnd + at]);
  const middle = shortest(old.slice(start, oldEnd), now.slice(start, newEnd)).map(([a, b]): [number, number] => [a + start, b + start]);
  return [...head, ...middle, ...tail];
}

function shortest(old: string[], now: string[]): [number, number][] {
  if (old.length === 0 || now.length === 0) return [];
  const most = Math.min(old.length + now.length, MOST_CHANGES);
  const reach = new Int32Array(2 * most + 3);
  const origin = most + 1;
  const trail: Int32Array[] = [];
  for (let changes = 0; changes <= most; changes++) {
    trail.push(reach.slice(origin - changes - 1, origin + changes + 2));
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      const isDown = diagonal === -changes || (diagonal !== changes && reach[origin + diagonal - 1]! < reach[origin + diagonal + 1]!);
      let x = isDown ? reach[origin + diagonal + 1]! : reach[origin + diagonal - 1]! + 1;
      while (x < old.length && x - diagonal < now.length && old[x] === now[x - diagonal]) x++;
      reach[origin + diagonal] = x;
      if (x >= old.length && x - diagonal >= now.length) return walkedBack(trail, old.length, now.length);
    }
  }
  return [];
}

function walkedBack(trail: Int32Array[], x: number, y: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let changes = trail.length - 1; changes >= 0; changes--) {
    const reach = trail[changes]!;
    const at = (diagonal: number) => reach[diagonal + changes + 1]!;
    const diagonal = x - y;
    const isDown = diagonal === -changes || (diagonal !== changes && at(diagonal - 1) < at(diagonal + 1));
    const before = isDown ? diagonal + 1 : diagonal - 1;
    const fromX = changes === 0 ? 0 : at(before);
    const fromY = changes === 0 ? 0 : fromX - before;
    while (x > fromX && y > fromY) pairs.push([--x, --y]);
    [x, y] = [fromX, fromY];
  }
  return pairs.reverse();
}
