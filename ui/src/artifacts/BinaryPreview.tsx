import "../components/Table.css";

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { type Place, placeKey, readRange } from "../api/artifacts";
import { messageOf, Skeleton } from "../components/States";
import { type ArchiveEntry, archiveEntries, arrayHead, arrayTable, entryStart, shapeText, type Slice, tensorsOf } from "../lib/binaryFiles";
import { bytes, counted } from "../lib/numbers";
import TablePreview from "./TablePreview";

interface BinaryPreviewProps {
  kind: "array" | "archive" | "tensors";
  place: Place;
  path: string;
  size: number;
  /** Shown, with the reason, when the file cannot be read. */
  instead: (reason: string) => ReactNode;
}

/** What a file of arrays, tensors or other files holds, of which only the parts that say so are read. */
export default function BinaryPreview({ kind, place, path, size, instead }: BinaryPreviewProps) {
  const shown = useQuery({
    queryKey: ["artifacts", kind, placeKey(place), path, size],
    queryFn: ({ signal }) => {
      const slice: Slice = (start, end) => readRange(place, path, start, end, signal);
      return kind === "array" ? anArray(slice, size) : kind === "archive" ? anArchive(slice, size) : someTensors(slice, size);
    },
    staleTime: 60_000,
    gcTime: 60_000,
    retry: false,
  });
  if (shown.error) return instead(`What this file holds cannot be shown: ${messageOf(shown.error)}.`);
  if (!shown.data) return <Skeleton lines={7} />;
  const { said, rows, whole } = shown.data;
  return (
    <>
      <p className="file-cut quiet">{said}</p>
      {rows && <TablePreview rows={rows} whole={whole} />}
    </>
  );
}

interface Shown {
  said: string;
  rows: string[][] | null;
  whole: boolean;
}

async function anArray(slice: Slice, size: number): Promise<Shown> {
  const { head, rows, cut, rowCount } = await arrayTable(slice, size);
  const said = `Array of ${head.type}, ${shapeText(head.shape)}.${cut ? ` Of its tables, ${cut} is shown.` : ""}${rows ? "" : " Its values are no numbers and are not shown."}`;
  return { said, rows, whole: (rows?.length ?? 1) - 1 >= rowCount };
}

/** So many arrays of an archive are asked what they are. */
const MOST_ARRAYS = 40;

async function anArchive(slice: Slice, size: number): Promise<Shown> {
  const { entries, count } = await archiveEntries(slice, size);
  const files = entries.filter((entry) => !entry.name.endsWith("/"));
  const arrays = files.filter((entry) => entry.name.endsWith(".npy")).slice(0, MOST_ARRAYS);
  const known = new Map(await Promise.all(arrays.map(async (entry) => [entry.name, await arrayText(slice, entry)] as const)));
  const hasArrays = known.size > 0;
  return {
    said: `${counted(count, "entry", "entries")}, ${bytes(files.reduce((sum, entry) => sum + entry.size, 0))} unpacked.`,
    rows: [
      ["name", "size", ...(hasArrays ? ["array"] : [])],
      ...files.map((entry) => [entry.name, bytes(entry.size), ...(hasArrays ? [known.get(entry.name) ?? ""] : [])]),
    ],
    whole: entries.length >= count,
  };
}

async function arrayText(slice: Slice, entry: ArchiveEntry): Promise<string> {
  try {
    const start = await entryStart(slice, entry, 1024);
    if (!start) return "";
    const { type, shape } = arrayHead(start);
    return `${type}, ${shapeText(shape)}`;
  } catch {
    return "";
  }
}

async function someTensors(slice: Slice, size: number): Promise<Shown> {
  const { tensors, about } = await tensorsOf(slice, size);
  const values = tensors.reduce((sum, each) => sum + each.shape.reduce((all, length) => all * length, 1), 0);
  const notes = Object.entries(about).map(([key, value]) => `${key}: ${value.slice(0, 200)}`);
  return {
    said: `${counted(tensors.length, "tensor")} with ${counted(values, "value")}${notes.length > 0 ? `; ${notes.slice(0, 8).join(", ")}` : ""}.`,
    rows: [["name", "type", "shape", "size"], ...tensors.map(({ name, type, shape, bytes: length }) => [name, type, shapeText(shape), bytes(length)])],
    whole: true,
  };
}
