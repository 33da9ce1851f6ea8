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

/** The tag that holds the colour somebody chose for a run, as "#rrggbb"; MLflow's page writes it too. */
export const COLOUR_TAG = "mlflow.runColor";

/** What can be chosen at once; in the dark each is shown as its lighter sister. */
export const COLOUR_CHOICES: readonly string[] = LIGHT;

/** A tag may hold anything. */
export function isColour(text: string | undefined): text is string {
  return text !== undefined && /^#[0-9a-f]{6}$/i.test(text);
}

/** The colour that was chosen for a run. */
export function chosenColour(tags: Record<string, string>, dark: boolean): string | undefined {
  const colour = tags[COLOUR_TAG]?.toLowerCase();
  if (!isColour(colour)) return undefined;
  const slot = LIGHT.indexOf(colour);
  return dark && slot >= 0 ? DARK[slot] : colour;
}

/** The rows without those that are there a second time. */
export function eachOnce<Row extends { run_id: string }>(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [row.run_id, row])).values()];
}

/** The colour of each run: the chosen one, or one of the ten. */
export function rowColours(rows: readonly { run_id: string; tags: Record<string, string> }[], dark: boolean): Map<string, string> {
  const colours = runColours(rows.map((row) => row.run_id), dark);
  for (const row of rows) {
    const chosen = chosenColour(row.tags, dark);
    if (chosen) colours.set(row.run_id, chosen);
  }
  return colours;
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
