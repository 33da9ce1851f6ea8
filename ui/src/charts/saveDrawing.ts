import { fileSafe, saveBlob, saveFile } from "../lib/saveFile";
import type { Drawing } from "./drawing";
import { type Pen, SvgPen } from "./pen";
import { fitted, type Ink, inkOf } from "./useCanvas";

const MARGIN = 12;
const HEAD = 30;
const LINE = 18;
/** More names than this are a list of their own. */
const MOST_NAMES = 40;
const SHARP = 2;
const SCALE_STEPS = 48;

/** The drawing under its title and over its legend. Returns the size of it all. */
function drawWhole(pen: Pen, ink: Ink, title: string, drawing: Drawing): { width: number; height: number } {
  const names = (drawing.legend ?? []).slice(0, MOST_NAMES);
  const more = (drawing.legend?.length ?? 0) - names.length;
  const width = drawing.width + MARGIN * 2;
  pen.font = ink.font;
  const places: { x: number; y: number }[] = [];
  let [x, y] = [MARGIN, 0];
  const texts = names.map(({ name }) => fitted(pen, name, Math.min(360, drawing.width - 24)));
  if (more > 0) texts.push(`and ${more} more`);
  for (const text of texts) {
    const room = pen.measureText(text).width + 34;
    if (x > MARGIN && x + room > width - MARGIN) [x, y] = [MARGIN, y + LINE];
    places.push({ x, y });
    x += room;
  }
  const { scale } = drawing;
  const foot = texts.length > 0 || scale ? y + LINE + MARGIN : 0;
  const height = HEAD + drawing.height + foot + MARGIN;
  pen.fillStyle = ink.surface;
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = ink.text;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.font = `600 14px ${ink.font.replace(/^\S+\s/, "")}`;
  pen.fillText(fitted(pen, title, drawing.width), MARGIN, HEAD / 2 + 4);
  pen.save();
  pen.translate(MARGIN, HEAD);
  pen.font = ink.font;
  drawing.draw(pen, ink);
  pen.restore();
  pen.font = ink.font;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  texts.forEach((text, at) => {
    const place = places[at]!;
    const middle = HEAD + drawing.height + MARGIN + place.y + LINE / 2;
    const entry = names[at];
    if (entry) {
      pen.strokeStyle = entry.colour;
      pen.lineWidth = 2.5;
      pen.setLineDash(entry.dash ?? []);
      pen.beginPath();
      pen.moveTo(place.x, middle);
      pen.lineTo(place.x + 16, middle);
      pen.stroke();
      pen.setLineDash([]);
    }
    pen.fillStyle = ink.text2;
    pen.fillText(text, place.x + (entry ? 21 : 0), middle);
  });
  if (scale) {
    const middle = HEAD + drawing.height + MARGIN + LINE / 2;
    let at = MARGIN;
    const say = (text: string) => {
      pen.fillStyle = ink.text2;
      pen.fillText(text, at, middle);
      at += pen.measureText(text).width + 10;
    };
    say(fitted(pen, scale.title, drawing.width / 2));
    say(scale.low);
    // Between its stops a scale is straight, so a stretch of them in small steps is the scale itself.
    for (let step = 0; step < SCALE_STEPS; step++) {
      const place = (step / (SCALE_STEPS - 1)) * (scale.stops.length - 1);
      const low = Math.min(scale.stops.length - 2, Math.floor(place));
      pen.fillStyle = mixed(scale.stops[low]!, scale.stops[low + 1]!, place - low);
      pen.fillRect(at + step * 2, middle - 4, 2.2, 8);
    }
    at += SCALE_STEPS * 2 + 10;
    say(scale.high);
  }
  return { width, height };
}

/** A colour between two of the form rgb(1, 2, 3). */
function mixed(from: string, to: string, share: number): string {
  const [a, b] = [from, to].map((colour) => (colour.match(/\d+/g) ?? []).map(Number)) as [number[], number[]];
  return `rgb(${a.map((part, at) => Math.round(part + ((b[at] ?? part) - part) * share)).join(", ")})`;
}

export function saveAsSvg(title: string, drawing: Drawing): void {
  const context = document.createElement("canvas").getContext("2d");
  const pen = new SvgPen((text, font) => {
    if (!context) return text.length * 6;
    context.font = font;
    return context.measureText(text).width;
  });
  const { width, height } = drawWhole(pen, inkOf(document.documentElement), title, drawing);
  saveFile(`${fileSafe(title)}.svg`, pen.svg(width, height, title), "image/svg+xml");
}

export function saveAsPng(title: string, drawing: Drawing): void {
  const canvas = document.createElement("canvas");
  const ink = inkOf(document.documentElement);
  const probe = canvas.getContext("2d");
  if (!probe) return;
  // Drawn once to learn how high its legend makes it: the size of a canvas empties it.
  const { width, height } = drawWhole(probe, ink, title, drawing);
  canvas.width = Math.round(width * SHARP);
  canvas.height = Math.round(height * SHARP);
  probe.setTransform(SHARP, 0, 0, SHARP, 0, 0);
  drawWhole(probe, ink, title, drawing);
  canvas.toBlob((blob) => blob && saveBlob(`${fileSafe(title)}.png`, blob));
}
