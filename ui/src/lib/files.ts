import { fileName } from "./paths";

export type FileKind = "image" | "table" | "json" | "yaml" | "markdown" | "html" | "code" | "audio" | "video" | "pdf" | "notebook" | "parquet" | "patch" | "map" | "array" | "archive" | "tensors" | "unknown";

const KINDS: Record<Exclude<FileKind, "unknown">, string> = {
  image: "png jpg jpeg gif webp avif bmp ico svg",
  table: "csv tsv",
  json: "json jsonl ndjson",
  map: "geojson",
  array: "npy",
  // Models of several libraries are archives, too.
  archive: "zip npz whl jar skops keras pt pth",
  tensors: "safetensors",
  notebook: "ipynb",
  pdf: "pdf",
  parquet: "parquet pq",
  patch: "diff patch",
  yaml: "yaml yml",
  markdown: "md markdown",
  html: "html htm",
  code: "txt log py pyi js mjs cjs ts tsx jsx css sh bash zsh toml ini cfg conf env sql r rs go java scala kt c h cc cpp hpp xml rst tex dockerfile makefile properties lock",
  audio: "wav mp3 ogg m4a flac",
  video: "mp4 webm mov",
};

const BY_EXTENSION = new Map<string, FileKind>(
  Object.entries(KINDS).flatMap(([kind, names]) => names.split(" ").map((name): [string, FileKind] => [name, kind as FileKind])),
);

const BY_NAME: Record<string, FileKind> = { MLmodel: "yaml", MLproject: "yaml", Dockerfile: "code", Makefile: "code", LICENSE: "code" };

const IMAGE_TYPES: Record<string, string> = { svg: "image/svg+xml", jpg: "image/jpeg", jpeg: "image/jpeg", ico: "image/x-icon" };

export function extension(path: string): string {
  const name = fileName(path);
  const dot = name.lastIndexOf(".");
  return dot < 0 ? "" : name.slice(dot + 1).toLowerCase();
}

export function fileKind(path: string): FileKind {
  return BY_NAME[fileName(path)] ?? BY_EXTENSION.get(extension(path)) ?? "unknown";
}

export function imageType(path: string): string {
  return IMAGE_TYPES[extension(path)] ?? `image/${extension(path)}`;
}

/** Bytes as text, or null when they are not text: a NUL, or too many places that are no UTF-8. */
export function asText(bytes: Uint8Array): string | null {
  if (bytes.subarray(0, 8192).includes(0)) return null;
  const text = new TextDecoder().decode(bytes);
  const broken = text.slice(0, 8192).split("�").length - 1;
  return broken > 8 ? null : text;
}
