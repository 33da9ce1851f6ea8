/** Hands text to the browser as a download. */
export function saveFile(name: string, text: string, type: string): void {
  saveBlob(name, new Blob([text], { type }));
}

export function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A name of a file that every system takes. */
export function fileSafe(name: string): string {
  return name.replace(/[^\p{L}\p{N} ._-]+/gu, "-").slice(0, 80) || "flowmill";
}
