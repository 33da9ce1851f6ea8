import { type AsyncBuffer, type Compressors, type FileMetaData, parquetMetadataAsync, parquetRead } from "hyparquet";
import { decompressBrotli, decompressGzip, decompressLz4, decompressLz4Raw, decompressZstd } from "hyparquet-compressors";

/** Snappy is the reader's own; the others' WebAssembly would need a wider Content-Security-Policy. */
const COMPRESSORS: Compressors = {
  GZIP: decompressGzip,
  ZSTD: (input) => decompressZstd(input),
  BROTLI: decompressBrotli,
  LZ4: decompressLz4,
  LZ4_RAW: decompressLz4Raw,
};

const MOST_ROWS = 1000;
const MOST_COLUMNS = 200;
/** Columns whose first pages lie in more bytes than this are left out. */
const MOST_BYTES = 30_000_000;
const MOST_LETTERS = 500;

export interface ParquetTable {
  /** The names of the columns, then as many rows of texts as are shown. */
  rows: string[][];
  rowCount: number;
  columnCount: number;
  /** "id: INT64" for each column that is shown. */
  types: string[];
}

/** The first rows of a Parquet file, of which only the parts that hold them are read. */
export async function readParquet(file: AsyncBuffer): Promise<ParquetTable> {
  const metadata = await parquetMetadataAsync(file);
  const names = topColumns(metadata);
  const columns = readable(metadata, names);
  const rows: string[][] = [columns];
  if (metadata.row_groups.length > 0 && columns.length > 0) {
    await parquetRead({
      file,
      metadata,
      columns,
      rowStart: 0,
      rowEnd: Math.min(MOST_ROWS, Number(metadata.num_rows)),
      compressors: COMPRESSORS,
      useOffsetIndex: true,
      rowFormat: "array",
      onComplete: (all) => rows.push(...all.map((row) => row.map(cellText))),
    });
  }
  return { rows, rowCount: Number(metadata.num_rows), columnCount: names.length, types: columns.map((name) => `${name}: ${typeOf(metadata, name)}`) };
}

/** The children of the schema's root; nested ones below them belong to their column. */
function topColumns({ schema }: FileMetaData): string[] {
  const names: string[] = [];
  let at = 1;
  const skip = (): void => {
    const children = schema[at++]?.num_children ?? 0;
    for (let each = 0; each < children && at < schema.length; each++) skip();
  };
  while (at < schema.length) {
    names.push(schema[at]!.name);
    skip();
  }
  return names;
}

/** As many of the columns as can be shown and read at once. */
function readable({ row_groups: groups }: FileMetaData, names: string[]): string[] {
  const size = new Map<string, number>();
  for (const { meta_data: data } of groups[0]?.columns ?? []) {
    const name = data?.path_in_schema[0];
    if (name !== undefined) size.set(name, (size.get(name) ?? 0) + Number(data?.total_compressed_size ?? 0));
  }
  let left = MOST_BYTES;
  return names.slice(0, MOST_COLUMNS).filter((name) => {
    const needed = size.get(name) ?? 0;
    if (needed > left) return false;
    left -= needed;
    return true;
  });
}

function typeOf({ schema }: FileMetaData, name: string): string {
  const element = schema.find((each, at) => at > 0 && each.name === name);
  return String(element?.logical_type?.type ?? element?.converted_type ?? element?.type ?? "nested");
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "" : value.toISOString();
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  const text = typeof value === "object" ? JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? plainNumber(each) : each)) : String(value);
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text;
}

/** JSON has no long integers; those that a number cannot hold stay whole as texts. */
function plainNumber(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}
