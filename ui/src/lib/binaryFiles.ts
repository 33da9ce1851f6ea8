/** What binary files of this field say of themselves: arrays of NumPy, archives, tensors. Nothing in them is run. */

/** Reads some bytes of a file. */
export type Slice = (start: number, end: number) => Promise<ArrayBuffer>;

export class Unreadable extends Error {}

export interface ArrayHead {
  /** "float64", "int32", …; what NumPy calls it if it is none of these. */
  type: string;
  shape: number[];
  isFortran: boolean;
  /** Where the values begin. */
  offset: number;
  code: string;
}

const LONGEST_HEAD = 100_000;

/** The head of a .npy file from its first bytes. */
export function arrayHead(bytes: Uint8Array<ArrayBuffer>): ArrayHead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || bytes[0] !== 0x93 || new TextDecoder("latin1").decode(bytes.subarray(1, 6)) !== "NUMPY") throw new Unreadable("it does not begin as an array of NumPy does");
  const isLong = bytes[6]! >= 2;
  const length = isLong ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = isLong ? 12 : 10;
  if (length > LONGEST_HEAD || start + length > bytes.length) throw new Unreadable("its head is longer than what was read");
  const text = new TextDecoder("latin1").decode(bytes.subarray(start, start + length));
  const code = /['"]descr['"]\s*:\s*['"]([^'"]+)['"]/.exec(text)?.[1];
  const shape = /['"]shape['"]\s*:\s*\(([^)]*)\)/.exec(text)?.[1];
  if (shape === undefined) throw new Unreadable("its head names no shape");
  return {
    code: code ?? "",
    type: code === undefined ? "records" : typeName(code),
    shape: shape.split(",").map((each) => each.trim()).filter((each) => each !== "").map(Number),
    isFortran: /['"]fortran_order['"]\s*:\s*True/.test(text),
    offset: start + length,
  };
}

const KINDS: Record<string, string> = { f: "float", i: "int", u: "uint", c: "complex", b: "bool" };

function typeName(code: string): string {
  const [, kind = "", size = ""] = /^[<>|=]?([a-zA-Z])(\d*)/.exec(code) ?? [];
  if (kind === "U" || kind === "S") return "text";
  if (kind === "O") return "object";
  const name = KINDS[kind];
  return name === undefined ? code : name === "bool" ? name : `${name}${Number(size) * 8}`;
}

/** A reader of the values of a type, by their place; null for types that are not numbers. */
function reader(code: string): { size: number; read: (view: DataView, at: number) => string } | null {
  const little = !code.startsWith(">");
  const number = (size: number, read: (view: DataView, at: number) => number | bigint) => ({ size, read: (view: DataView, at: number) => String(read(view, at)) });
  switch (code.replace(/^[<>|=]/, "")) {
    case "f8":
      return number(8, (view, at) => view.getFloat64(at, little));
    case "f4":
      return number(4, (view, at) => Number(view.getFloat32(at, little).toPrecision(8)));
    case "f2":
      return number(2, (view, at) => Number(half(view.getUint16(at, little)).toPrecision(5)));
    case "i8":
      return number(8, (view, at) => view.getBigInt64(at, little));
    case "u8":
      return number(8, (view, at) => view.getBigUint64(at, little));
    case "i4":
      return number(4, (view, at) => view.getInt32(at, little));
    case "u4":
      return number(4, (view, at) => view.getUint32(at, little));
    case "i2":
      return number(2, (view, at) => view.getInt16(at, little));
    case "u2":
      return number(2, (view, at) => view.getUint16(at, little));
    case "i1":
      return number(1, (view, at) => view.getInt8(at));
    case "u1":
      return number(1, (view, at) => view.getUint8(at));
    case "b1":
      return { size: 1, read: (view, at) => (view.getUint8(at) ? "True" : "False") };
    default:
      return null;
  }
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const MOST_ROWS = 1000;
const MOST_COLUMNS = 100;

export interface ArrayTable {
  head: ArrayHead;
  /** Names of columns, then rows; null where the values are no numbers. */
  rows: string[][] | null;
  /** "[0, 0, :, :]" where an array of more than two axes is cut; "" for the whole of it. */
  cut: string;
  rowCount: number;
}

/** The first rows of an array; of one with more than two axes the first of its tables. */
export async function arrayTable(slice: Slice, size: number): Promise<ArrayTable> {
  const head = arrayHead(new Uint8Array(await slice(0, Math.min(size, LONGEST_HEAD + 16))));
  const { shape } = head;
  const columns = shape.length > 1 ? shape[shape.length - 1]! : 1;
  const rowCount = shape.length === 0 ? 1 : shape.length === 1 ? shape[0]! : shape[shape.length - 2]!;
  const cut = shape.length > 2 ? `[${[...shape.slice(2).map(() => "0"), ":", ":"].join(", ")}]` : "";
  const values = reader(head.code);
  if (!values || shape.some((each) => !Number.isSafeInteger(each) || each < 0)) return { head, rows: null, cut, rowCount };
  const shownRows = Math.min(rowCount, MOST_ROWS);
  const shownColumns = Math.min(columns, MOST_COLUMNS);
  const names = shape.length > 1 ? Array.from({ length: shownColumns }, (_, at) => String(at)) : ["value"];
  // Strides between neighbours along the last two axes, in values. NumPy's Fortran order has the first axis closest.
  const down = head.isFortran ? shape.slice(0, Math.max(0, shape.length - 2)).reduce((all, each) => all * each, 1) : columns;
  const across = head.isFortran && shape.length > 1 ? down * rowCount : 1;
  const last = (shownRows - 1) * down + (shownColumns - 1) * across;
  if (shownRows === 0 || shownColumns === 0) return { head, rows: [names], cut, rowCount };
  const bytes = await slice(head.offset, Math.min(size, head.offset + (last + 1) * values.size));
  const view = new DataView(bytes);
  const rows = Array.from({ length: shownRows }, (_, row) =>
    names.map((_, column) => {
      const at = (row * down + column * across) * values.size;
      return at + values.size <= view.byteLength ? values.read(view, at) : "";
    }),
  );
  return { head, rows: [names, ...rows], cut, rowCount };
}

export interface ArchiveEntry {
  name: string;
  size: number;
  packed: number;
  /** Where its local head stands. */
  at: number;
  method: number;
}

const MOST_ENTRIES = 5000;
const END = 22;
const LONGEST_COMMENT = 65_535;
/** What stands where a number is too large for its place: it is found elsewhere then (Zip64). */
const ELSEWHERE = 0xffffffff;
const LARGE_PLACE = 20;
const LARGE_END = 56;

interface Contents {
  count: number;
  from: number;
  length: number;
}

/** Where the table of contents stands: as the end of the file says, or for large archives the record before it. */
async function contentsOf(slice: Slice, size: number): Promise<Contents> {
  const start = Math.max(0, size - END - LONGEST_COMMENT - LARGE_PLACE);
  const tail = new DataView(await slice(start, size));
  let end = tail.byteLength - END;
  while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end -= 1;
  if (end < 0) throw new Unreadable("it has no table of contents at its end");
  const said = { count: tail.getUint16(end + 10, true), length: tail.getUint32(end + 12, true), from: tail.getUint32(end + 16, true) };
  const isLarge = said.count === 0xffff || said.length === ELSEWHERE || said.from === ELSEWHERE;
  const place = end - LARGE_PLACE;
  if (!isLarge || place < 0 || tail.getUint32(place, true) !== 0x07064b50) return said;
  const at = Number(tail.getBigUint64(place + 8, true));
  if (at + LARGE_END > size) throw new Unreadable("its table of contents points outside of it");
  const record = new DataView(await slice(at, at + LARGE_END));
  if (record.getUint32(0, true) !== 0x06064b50) throw new Unreadable("its table of contents is not where it says");
  const large = (from: number) => Number(record.getBigUint64(from, true));
  return { count: large(32), length: large(40), from: large(48) };
}

/** The table of contents at the end of a zip archive; nothing is unpacked. */
export async function archiveEntries(slice: Slice, size: number): Promise<{ entries: ArchiveEntry[]; count: number }> {
  const { count, from, length } = await contentsOf(slice, size);
  if (from + length > size || length > 20_000_000) throw new Unreadable("its table of contents points outside of it");
  const view = new DataView(await slice(from, from + length));
  const text = new TextDecoder();
  const entries: ArchiveEntry[] = [];
  let at = 0;
  while (at + 46 <= view.byteLength && entries.length < MOST_ENTRIES && view.getUint32(at, true) === 0x02014b50) {
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const extra = at + 46 + nameLength;
    entries.push({
      name: text.decode(new Uint8Array(view.buffer, at + 46, Math.min(nameLength, view.byteLength - at - 46))),
      ...largeNumbers(view, extra, Math.min(extra + extraLength, view.byteLength), {
        size: view.getUint32(at + 24, true),
        packed: view.getUint32(at + 20, true),
        at: view.getUint32(at + 42, true),
      }),
      method: view.getUint16(at + 10, true),
    });
    at = extra + extraLength + view.getUint16(at + 32, true);
  }
  return { entries, count };
}

/** The numbers of an entry; those too large for their places stand in this order in a field of what is added to it. */
function largeNumbers(view: DataView, from: number, to: number, said: { size: number; packed: number; at: number }): typeof said {
  const found = { ...said };
  let field = from;
  while (field + 4 <= to) {
    const end = Math.min(to, field + 4 + view.getUint16(field + 2, true));
    if (view.getUint16(field, true) === 1) {
      let at = field + 4;
      for (const name of ["size", "packed", "at"] as const) {
        if (found[name] !== ELSEWHERE || at + 8 > end) continue;
        found[name] = Number(view.getBigUint64(at, true));
        at += 8;
      }
    }
    field += 4 + view.getUint16(field + 2, true);
  }
  return found;
}

/** The first bytes of something in an archive; null if it is packed in a way that browsers cannot undo. */
export async function entryStart(slice: Slice, entry: ArchiveEntry, most: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const head = new DataView(await slice(entry.at, entry.at + 30));
  if (head.byteLength < 30 || head.getUint32(0, true) !== 0x04034b50) return null;
  const start = entry.at + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const packed = await slice(start, start + Math.min(entry.packed, most));
  if (entry.method === 0) return new Uint8Array(packed);
  if (entry.method !== 8) return null;
  const reading = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const parts: number[] = [];
  try {
    while (parts.length < most) {
      const { done, value } = await reading.read();
      if (done) break;
      for (const byte of value.subarray(0, most - parts.length)) parts.push(byte);
    }
    await reading.cancel();
  } catch {
    // Cut in the middle of what was packed: what came before is right.
  }
  return Uint8Array.from(parts);
}

export interface Tensor {
  name: string;
  type: string;
  shape: number[];
  bytes: number;
}

/** What a file of safetensors holds, from its head alone, and what is said of it. */
export async function tensorsOf(slice: Slice, size: number): Promise<{ tensors: Tensor[]; about: Record<string, string> }> {
  const length = size < 8 ? 0 : Number(new DataView(await slice(0, 8)).getBigUint64(0, true));
  if (length === 0 || length > 50_000_000 || 8 + length > size) throw new Unreadable("it does not begin as a file of safetensors does");
  let head: unknown;
  try {
    head = JSON.parse(new TextDecoder().decode(await slice(8, 8 + length)));
  } catch {
    throw new Unreadable("its head is no JSON");
  }
  const about: Record<string, string> = {};
  const tensors: Tensor[] = [];
  for (const [name, value] of Object.entries(head as Record<string, unknown>)) {
    if (typeof value !== "object" || value === null) continue;
    if (name === "__metadata__") {
      for (const [key, text] of Object.entries(value)) about[key] = String(text);
      continue;
    }
    const { dtype, shape, data_offsets: places } = value as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
    const [from, to] = Array.isArray(places) ? (places as unknown[]).map(Number) : [0, 0];
    tensors.push({ name, type: String(dtype), shape: Array.isArray(shape) ? shape.map(Number) : [], bytes: (to ?? 0) - (from ?? 0) });
  }
  return { tensors, about };
}

/** "30 × 4"; a single value has no shape. */
export function shapeText(shape: number[]): string {
  return shape.length === 0 ? "single value" : shape.map((each) => each.toLocaleString("en-US")).join(" × ");
}
