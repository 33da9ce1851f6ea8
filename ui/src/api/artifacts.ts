import { queryOptions } from "@tanstack/react-query";

import { address, fetchResponse, send } from "./http";

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
      return files.sort((a, b) => Number(b.is_dir) - Number(a.is_dir) || a.path.localeCompare(b.path));
    },
    staleTime: 15_000,
  });
}

export interface Content {
  bytes: Uint8Array<ArrayBuffer>;
  /** False when the file is longer than what was asked for. */
  whole: boolean;
}

/** The first bytes of a file; reading stops at the cap, so a huge file costs no more than a small one. */
export function fileContent(place: Place, path: string, cap: number) {
  return queryOptions({
    queryKey: ["artifacts", "file", placeKey(place), path, cap],
    queryFn: async ({ signal }): Promise<Content> => {
      const { path: route, query } = fileRequest(place, path);
      const response = await fetchResponse("GET", route, { query, signal });
      return readUpTo(response, cap);
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

async function readUpTo(response: Response, cap: number): Promise<Content> {
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
