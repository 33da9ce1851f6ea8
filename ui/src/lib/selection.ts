/**
 * The selection after a click on the box of `id`. With shift, everything from the last clicked row to this one takes
 * the state that this one takes.
 */
export function toggled(selected: string[], shown: string[], id: string, anchor: string | null, shift: boolean): string[] {
  const on = !selected.includes(id);
  const from = anchor === null ? -1 : shown.indexOf(anchor);
  const to = shown.indexOf(id);
  const range = shift && from >= 0 && to >= 0 ? shown.slice(Math.min(from, to), Math.max(from, to) + 1) : [id];
  const touched = new Set(range);
  const kept = selected.filter((each) => !touched.has(each));
  return on ? [...kept, ...range] : kept;
}
