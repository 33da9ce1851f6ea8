/**
 * The colours of runs. A run has the one that its number in the store says, whichever other runs are there: it is the same
 * in the table, in every chart, in comparisons and reports, today and tomorrow, which says more than that the runs of one
 * chart never share a colour. Numbers rather than hashes of ids: runs made one after the other, which are mostly those
 * that are looked at together, are apart until all colours are used, and as there are 31, a prime, so are runs of which
 * every second or third belongs to the experiment. Two that do share one are told apart by their names, or are given
 * another by their dot.
 *
 * The first ten stay apart for colour-blind eyes (after Okabe–Ito and Tol). The others are as far from all of them as the
 * ten are from each other (OKLab, at least 0.076), those that follow each other further. Each has a contrast of at least 3.3
 * on the page in light and 5 in the dark.
 */
const LIGHT = [
  "#0072b2", "#d55e00", "#00845f", "#b4458f", "#b07a00", "#3f8fc4", "#882255", "#5b50c8", "#6f7a1a", "#6b6b6b",
  "#821e00", "#ab6c6e", "#4c4a0b", "#652777", "#cf2845", "#b12cbe", "#153585", "#2c9934", "#2f6f0f", "#1e767e",
  "#6d507e", "#a10d7c", "#a5612f", "#5c8a88", "#5b35a5", "#006154", "#a92229", "#8f05ae", "#916eb4", "#735922",
  "#463550",
];
const DARK = [
  "#4fa8e0", "#ff8a3d", "#2fc49a", "#e58cc4", "#e9b13b", "#8bd0f7", "#d9679b", "#a49cff", "#b9c252", "#b4b4b4",
  "#cd826e", "#ffb4b5", "#91904e", "#bf77d5", "#fd8a8f", "#ef7cfa", "#5b88e9", "#67dc6a", "#65ae4a", "#66c2cb",
  "#b498c6", "#fb5fca", "#d8a483", "#cbedea", "#a17cfe", "#469e8e", "#f65e5d", "#d552fa", "#dabafe", "#e1c795",
  "#9585a0",
];
/** So many stay apart for colour-blind eyes. */
const APART = 10;

/** The colour that a run has by itself. */
export function runColour(number: number, dark: boolean): string {
  const colours = dark ? DARK : LIGHT;
  return colours[number % colours.length]!;
}

/** Colours for what is drawn together and is no run: up to ten differ, each keeps its own while none before it takes it. */
export function coloursApart(names: string[], dark: boolean): Map<string, string> {
  const colours = dark ? DARK : LIGHT;
  const found = new Map<string, string>();
  let taken = new Set<number>();
  for (const name of names) {
    if (taken.size === APART) taken = new Set();
    let slot = hash(name) % APART;
    while (taken.has(slot)) slot = (slot + 1) % APART;
    taken.add(slot);
    found.set(name, colours[slot]!);
  }
  return found;
}

/** The tag that holds the colour somebody chose for a run, as "#rrggbb"; MLflow's page writes it too. */
export const COLOUR_TAG = "mlflow.runColor";

/** What can be chosen at once; in the dark each is shown as its lighter sister. */
export const COLOUR_CHOICES: readonly string[] = LIGHT.slice(0, APART);

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

/** The colour of each run: the chosen one, or its own. */
export function rowColours(rows: readonly { run_id: string; number?: number; tags: Record<string, string> }[], dark: boolean): Map<string, string> {
  return new Map(rows.map((row) => [row.run_id, chosenColour(row.tags, dark) ?? runColour(row.number ?? 0, dark)]));
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
