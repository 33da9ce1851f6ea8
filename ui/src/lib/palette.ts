/** Ten colours that stay apart for colour-blind eyes (after Okabe–Ito and Tol), readable as lines on light and dark. */
const LIGHT = ["#0072b2", "#d55e00", "#00845f", "#b4458f", "#b07a00", "#3f8fc4", "#882255", "#5b50c8", "#6f7a1a", "#6b6b6b"];
const DARK = ["#4fa8e0", "#ff8a3d", "#2fc49a", "#e58cc4", "#e9b13b", "#8bd0f7", "#d9679b", "#a49cff", "#b9c252", "#b4b4b4"];

/** Which of the ten colours each run has. A run keeps its own as long as no other run in the set took it first. */
export function colourSlots(ids: string[]): Map<string, number> {
  const slots = new Map<string, number>();
  let taken = new Set<number>();
  for (const id of ids) {
    if (taken.size === LIGHT.length) taken = new Set();
    let slot = hash(id) % LIGHT.length;
    while (taken.has(slot)) slot = (slot + 1) % LIGHT.length;
    taken.add(slot);
    slots.set(id, slot);
  }
  return slots;
}

export function runColours(ids: string[], dark: boolean): Map<string, string> {
  const colours = dark ? DARK : LIGHT;
  return new Map([...colourSlots(ids)].map(([id, slot]) => [id, colours[slot]!]));
}

function hash(text: string): number {
  let value = 2166136261;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 16777619);
  return value >>> 0;
}

/** Points of a scale from low to high that reads the same in grey (after viridis, cut where it would fade out). */
const SCALE_LIGHT = ["#443a83", "#31688e", "#21908d", "#35b779", "#a8b800"];
const SCALE_DARK = ["#8d7bea", "#5aa0d6", "#38c5b8", "#6fdc93", "#f2e64b"];

/** The colour of a share between 0 and 1. */
export function scaleColour(share: number, dark: boolean): string {
  const stops = dark ? SCALE_DARK : SCALE_LIGHT;
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  return mixed(stops[low]!, stops[low + 1]!, at - low);
}

function mixed(from: string, to: string, share: number): string {
  const part = (start: number) => {
    const a = Number.parseInt(from.slice(start, start + 2), 16);
    const b = Number.parseInt(to.slice(start, start + 2), 16);
    return Math.round(a + (b - a) * share);
  };
  return `rgb(${part(1)}, ${part(3)}, ${part(5)})`;
}
