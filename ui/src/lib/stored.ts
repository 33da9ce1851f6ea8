import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
const known = new Map<string, { text: string | null; value: unknown }>();

window.addEventListener("storage", () => tell());

function tell(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What this browser keeps under a name, or undefined. Servers behind one address share a browser's store. */
function read(name: string): unknown {
  let text: string | null = null;
  try {
    text = localStorage.getItem(name);
  } catch {
    return known.get(name)?.value;
  }
  const before = known.get(name);
  if (before && before.text === text) return before.value;
  let value: unknown;
  try {
    value = text === null ? undefined : JSON.parse(text);
  } catch {
    value = undefined;
  }
  known.set(name, { text, value });
  return value;
}

export function keep(name: string, value: unknown): void {
  const text = JSON.stringify(value);
  known.set(name, { text, value });
  try {
    localStorage.setItem(name, text);
  } catch {
    // It then lasts as long as the page does.
  }
  tell();
}

/** A value that this browser keeps; every tab hears when it changes. */
export function useStored(name: string): unknown {
  return useSyncExternalStore(subscribe, () => read(name));
}
