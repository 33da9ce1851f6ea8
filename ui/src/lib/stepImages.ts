/** A picture of a series, known by the name of its file alone. */
export interface StepImage {
  key: string;
  step: number;
  /** ms since epoch, UTC */
  timestamp: number;
  path: string;
  /** A small copy, or the picture itself where there is none. */
  small: string;
}

/** The folder of a run in which they lie. */
export const IMAGE_FOLDER = "images";

/** The most of a picture's file that is read. */
export const MOST_BYTES = 20_000_000;

/** Newer clients divide with "+", older ones with "%". */
const NAME = /^(?<key>.+?)(?<mark>[+%])step\k<mark>(?<step>-?\d+)\k<mark>timestamp\k<mark>(?<time>\d+)\k<mark>(?<id>[^+%]+?)(?<small>\k<mark>compressed)?\.(?:png|webp|jpe?g)$/s;

/** The pictures among these paths, by step, then time. What is named otherwise is none. */
export function stepImages(paths: string[]): StepImage[] {
  const found = new Map<string, StepImage>();
  // Small copies last, so that each finds its picture.
  for (const path of [...paths].sort((a, b) => Number(a.includes("compressed.")) - Number(b.includes("compressed.")))) {
    const parts = NAME.exec(path.slice(path.lastIndexOf("/") + 1))?.groups;
    if (!parts) continue;
    const { key = "", step = "", time = "", id = "", small } = parts;
    const known = found.get(`${key} ${id}`);
    if (small !== undefined && known) known.small = path;
    else found.set(`${key} ${id}`, { key: key.replaceAll("~", "/"), step: Number(step), timestamp: Number(time), path, small: path });
  }
  return [...found.values()].sort((a, b) => a.step - b.step || a.timestamp - b.timestamp);
}

export function imageKeys(images: StepImage[]): string[] {
  return [...new Set(images.map((image) => image.key))].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

/** Every step at which any of these keys has a picture, ascending. */
export function imageSteps(images: StepImage[], keys: string[]): number[] {
  const steps = new Set(images.flatMap((image) => (keys.includes(image.key) ? [image.step] : [])));
  return [...steps].sort((a, b) => a - b);
}

/** What a run's series shows at a step: its last picture until then. `images` ascend. */
export function imageAt(images: StepImage[], key: string, step: number): StepImage | undefined {
  return images.findLast((image) => image.key === key && image.step <= step);
}

/** "samples, step 5": what a file of a series is called by people; null for files that are called something else. */
export function stepImageTitle(name: string): string | null {
  const parts = NAME.exec(name)?.groups;
  if (!parts) return null;
  return `${(parts["key"] ?? "").replaceAll("~", "/")}, step ${parts["step"]}${parts["small"] === undefined ? "" : " (small)"}`;
}
