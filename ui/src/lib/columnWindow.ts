/** A stretch of columns: from one up to but not including another, and how wide all before them are, in px. */
export interface ColumnWindow {
  from: number;
  to: number;
  before: number;
}

/** So few columns are drawn whether they are in view or not. */
const FEW = 24;
/** Columns are drawn in portions, so that not each one that scrolls by draws every row anew. */
const PORTION = 4;

/** The columns of these widths that lie between two places, with a portion beyond each. */
export function windowOf(widths: number[], left: number, right: number): ColumnWindow {
  if (widths.length <= FEW) return { from: 0, to: widths.length, before: 0 };
  let [at, first, last] = [0, widths.length, 0];
  widths.forEach((width, index) => {
    if (at + width > left && at < right) {
      first = Math.min(first, index);
      last = index + 1;
    }
    at += width;
  });
  const from = Math.max(0, (Math.floor(Math.min(first, widths.length - 1) / PORTION) - 1) * PORTION);
  const to = Math.min(widths.length, (Math.ceil(Math.max(last, first + 1) / PORTION) + 1) * PORTION);
  return { from, to, before: widths.slice(0, from).reduce((sum, width) => sum + width, 0) };
}
