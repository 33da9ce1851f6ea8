import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { type Place, placeKey, readRange } from "../api/artifacts";
import { messageOf, Skeleton } from "../components/States";
import { counted } from "../lib/numbers";
import { readParquet } from "./parquet";
import TablePreview from "./TablePreview";

const SMALL = 2_000_000;

interface ParquetPreviewProps {
  place: Place;
  path: string;
  size: number;
  /** Shown, with the reason, when the file cannot be read. */
  instead: (reason: string) => ReactNode;
}

/** The first rows of a Parquet file; of a file of many gigabytes only their part comes over the network. */
export default function ParquetPreview({ place, path, size, instead }: ParquetPreviewProps) {
  const table = useQuery({
    queryKey: ["artifacts", "parquet", placeKey(place), path, size],
    queryFn: async ({ signal }) => {
      const read = (start: number, end = size) => readRange(place, path, start, end, signal);
      // A small file is one request instead of one a column.
      const whole = size <= SMALL ? await read(0) : null;
      return readParquet({ byteLength: size, slice: (start, end) => (whole ? whole.slice(start, end) : read(start, end)) });
    },
    staleTime: 60_000,
    gcTime: 60_000,
    retry: false,
  });
  if (table.error) return instead(`This Parquet file cannot be shown: ${messageOf(table.error)}`);
  if (!table.data) return <Skeleton lines={7} />;
  const { rows, rowCount, columnCount, types } = table.data;
  return (
    <>
      <p className="file-cut quiet">
        {counted(rowCount, "row")} and {counted(columnCount, "column")} in the file.
      </p>
      <TablePreview rows={rows} whole={rows.length - 1 >= rowCount} />
      <details className="file-cut">
        <summary>Types of the columns</summary>
        <ul className="plain-list">
          {types.map((type) => (
            <li key={type}>
              <code>{type}</code>
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}
