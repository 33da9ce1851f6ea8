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
/** Columns that more than this would have to be read for are left out. */
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
  const cells = await firstCells(file, metadata, names.slice(0, MOST_COLUMNS));
  const columns = names.filter((name) => cells.has(name));
  const rows: string[][] = [columns];
  for (let row = 0; row < Math.min(MOST_ROWS, Number(metadata.num_rows)); row++) rows.push(columns.map((name) => cellText(cells.get(name)?.[row])));
  return { rows, rowCount: Number(metadata.num_rows), columnCount: names.length, types: columns.map((name) => `${name}: ${typeOf(metadata, name)}`) };
}

/**
 * Where no index says where pages end, a column is read up to its end, which may be many megabytes away. Its first rows
 * are near its beginning, so that a little is tried before more.
 */
const TRIED_BYTES = [300_000, 2_500_000, Number.POSITIVE_INFINITY];

async function firstCells(file: AsyncBuffer, metadata: FileMetaData, names: string[]): Promise<Map<string, unknown[]>> {
  const found = new Map<string, unknown[]>();
  const wanted = Math.min(MOST_ROWS, Number(metadata.num_rows));
  if (wanted === 0) return new Map(names.map((name) => [name, []]));
  let failure: unknown;
  let left = MOST_BYTES;
  for (const most of TRIED_BYTES) {
    const tried = names.filter((name) => {
      const needed = Math.min(most, sizeOf(metadata, name));
      if (found.has(name) || needed > left) return false;
      left -= needed;
      return true;
    });
    await Promise.all(
      tried.map(async (name) => {
        try {
          const cells = await readCells(file, atMost(metadata, most), name, wanted);
          if (cells.length >= wanted) found.set(name, cells);
        } catch (error) {
          failure = error;
        }
      }),
    );
  }
  // Columns that are too long are left out; if none could be read, something is wrong with the file.
  if (found.size === 0 && failure) throw failure;
  return found;
}

async function readCells(file: AsyncBuffer, metadata: FileMetaData, name: string, wanted: number): Promise<unknown[]> {
  let cells: unknown[] = [];
  await parquetRead({
    file,
    metadata,
    columns: [name],
    rowStart: 0,
    rowEnd: wanted,
    compressors: COMPRESSORS,
    useOffsetIndex: true,
    rowFormat: "array",
    onComplete: (rows) => {
      cells = rows.map((row) => row[0]);
    },
  });
  return cells;
}

/** As if columns ended after so many bytes. */
function atMost(metadata: FileMetaData, most: number): FileMetaData {
  if (!Number.isFinite(most)) return metadata;
  return {
    ...metadata,
    row_groups: metadata.row_groups.map((group) => ({
      ...group,
      columns: group.columns.map((column) =>
        column.meta_data && column.meta_data.total_compressed_size > most
          ? { ...column, meta_data: { ...column.meta_data, total_compressed_size: BigInt(most) } }
          : column,
      ),
    })),
  };
}

/** Of the first group of rows, in bytes. */
function sizeOf({ row_groups: groups }: FileMetaData, name: string): number {
  let size = 0;
  for (const { meta_data: data } of groups[0]?.columns ?? []) if (data?.path_in_schema[0] === name) size += Number(data.total_compressed_size);
  return size;
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
