import { queryOptions } from "@tanstack/react-query";

import { address, ApiError, fetchResponse, send } from "./http";

/** Where files lie: in a run's own artifacts or in the folder of a logged model. */
export type Place = { kind: "run"; runId: string } | { kind: "model"; modelId: string };

export function placeKey(place: Place): string {
  return place.kind === "run" ? place.runId : place.modelId;
}

function fileRequest(place: Place, path: string): { path: string; query: Record<string, string> } {
  return place.kind === "run"
    ? { path: "get-artifact", query: { run_id: place.runId, path } }
    : {
        path: `ajax-api/2.0/mlflow/logged-models/${encodeURIComponent(place.modelId)}/artifacts/files`,
        query: { artifact_file_path: path },
      };
}

export function fileAddress(place: Place, path: string): string {
  const { path: route, query } = fileRequest(place, path);
  return address(route, query);
}

/** A folder as an archive that is made while it is sent. `path` is "" for everything. */
export function zipAddress(place: Place, path: string): string {
  const whose: Record<string, string> = place.kind === "run" ? { run_id: place.runId } : { model_id: place.modelId };
  return address("api/flowmill/1/artifacts/zip", { ...whose, ...(path ? { path } : {}) });
}

/** "10.png" follows "9.png". Asked of one collator, as 30,000 names would keep `localeCompare` busy for seconds. */
const BY_NAME = new Intl.Collator("en", { numeric: true });

/** The entries of a folder, folders first, each group by name. `path` is "" for the top. */
export function folder(place: Place, path: string) {
  return queryOptions({
    queryKey: ["artifacts", "folder", placeKey(place), path],
    queryFn: async ({ signal }) => {
      const page =
        place.kind === "run"
          ? await send("GET 2.0/mlflow/artifacts/list", { run_id: place.runId, ...(path ? { path } : {}) }, signal)
          : await send(
              "GET 2.0/mlflow/logged-models/{model_id}/artifacts/directories",
              { model_id: place.modelId, ...(path ? { artifact_directory_path: path } : {}) },
              signal,
            );
      const files = page.files ?? [];
      return files.sort((a, b) => Number(b.is_dir) - Number(a.is_dir) || BY_NAME.compare(a.path, b.path));
    },
    staleTime: 15_000,
  });
}

export interface Content {
  bytes: Uint8Array<ArrayBuffer>;
  /** False when the file is longer than what was asked for. */
  whole: boolean;
  /** How long the file is, in bytes. */
  total: number;
}

/** Some bytes of a file, the first ones unless `start` says otherwise; a huge file costs no more than a small one. */
export function fileContent(place: Place, path: string, cap: number, start = 0) {
  return queryOptions({
    queryKey: ["artifacts", "file", placeKey(place), path, cap, start],
    queryFn: async ({ signal }): Promise<Content> => {
      const { path: route, query } = fileRequest(place, path);
      try {
        const response = await fetchResponse("GET", route, { query, signal, range: [start, start + cap] });
        if (response.status === 206) {
          const bytes = new Uint8Array(await response.arrayBuffer());
          const total = Number(/\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "")?.[1] ?? start + bytes.length);
          return { bytes, whole: start === 0 && bytes.length >= total, total };
        }
        // All of it is sent instead, so that it is not listened to any longer than is needed.
        const { bytes, whole } = await readUpTo(response, start + cap);
        const total = Number(response.headers.get("Content-Length") ?? bytes.length);
        return { bytes: bytes.slice(start), whole: whole && start === 0, total: Math.max(total, bytes.length) };
      } catch (error) {
        // An empty file has no first byte.
        if (error instanceof ApiError && error.status === 416) return { bytes: new Uint8Array(), whole: start === 0, total: start };
        throw error;
      }
    },
    staleTime: 60_000,
    gcTime: 60_000,
  });
}

/** Some bytes of a file. A server or proxy that sends all of it instead is not listened to any longer. */
export async function readRange(place: Place, path: string, start: number, end: number, signal: AbortSignal): Promise<ArrayBuffer> {
  const { path: route, query } = fileRequest(place, path);
  const response = await fetchResponse("GET", route, { query, signal, range: [start, end] });
  if (response.status === 206) return response.arrayBuffer();
  const { bytes } = await readUpTo(response, end);
  return bytes.slice(start, end).buffer;
}

async function readUpTo(response: Response, cap: number): Promise<Omit<Content, "total">> {
  const reader = response.body?.getReader();
  if (!reader) return { bytes: new Uint8Array(), whole: true };
  const chunks: Uint8Array[] = [];
  let size = 0;
  let whole = true;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
    if (size > cap) {
      whole = false;
      await reader.cancel();
      break;
    }
  }
  const bytes = new Uint8Array(Math.min(size, cap));
  let at = 0;
  for (const chunk of chunks) {
    const part = chunk.subarray(0, bytes.length - at);
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, whole };
}
