import { useSyncExternalStore } from "react";

export type ThemeChoice = "light" | "dark" | "system";

/** Also read by public/theme.js, which sets the first theme before anything is painted. */
const STORED = "flowmill.theme";

const listeners = new Set<() => void>();
const system = window.matchMedia("(prefers-color-scheme: dark)");

function stored(): ThemeChoice {
  try {
    const value = localStorage.getItem(STORED);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

let choice = stored();

function isDark(): boolean {
  return choice === "dark" || (choice === "system" && system.matches);
}

/** Puts the chosen theme on the document. */
export function showTheme(): void {
  document.documentElement.dataset["theme"] = isDark() ? "dark" : "light";
  for (const listener of listeners) listener();
}

system.addEventListener("change", showTheme);

export function chooseTheme(next: ThemeChoice): void {
  choice = next;
  try {
    localStorage.setItem(STORED, next);
  } catch {
    // The choice then lasts as long as the page does.
  }
  showTheme();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, () => choice);
}

/** Whether the page is dark now; canvases need to know, CSS does not. */
export function useDark(): boolean {
  return useSyncExternalStore(subscribe, isDark);
}
