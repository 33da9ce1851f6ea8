/** A long text is read a part at a time. A part has the lines that begin in it, whole, so that every line is in one. */

/** How far the last line of a part may reach beyond it, in bytes. */
export const BEYOND = 65_536;

export const NEW_LINE = 10;

/** Which bytes are read for a part: its own, the one before it, which says whether a line begins with it, and some beyond. */
export function bytesOfPart(part: number, size: number): { start: number; length: number } {
  const lead = part === 0 ? 0 : 1;
  return { start: part * size - lead, length: lead + size + BEYOND };
}

/** The last part also has what is left, if that is little. */
export function countOfParts(total: number, size: number): number {
  return Math.max(1, Math.ceil((total - BEYOND) / size));
}

/** The lines of a part in the bytes that were read for it; of a line that is longer than a part, the part itself. */
export function linesOfPart(bytes: Uint8Array<ArrayBuffer>, part: number, size: number, isLast: boolean): Uint8Array<ArrayBuffer> {
  const lead = part === 0 ? 0 : 1;
  const end = isLast ? bytes.length : lead + size;
  const from = lead === 0 ? 0 : bytes.indexOf(NEW_LINE) + 1;
  if (lead === 1 && (from === 0 || from >= end)) return bytes.subarray(lead, end);
  if (bytes.length <= end) return bytes.subarray(from);
  const next = bytes.indexOf(NEW_LINE, end - 1);
  return bytes.subarray(from, next < 0 ? end : next + 1);
}
