import type { QueryClient } from "@tanstack/react-query";

import { fileContent } from "../api/artifacts";
import type { Drawing } from "../charts/drawing";
import type { ChartRun } from "../charts/MetricPicture";
import { fitted } from "../charts/useCanvas";
import { messageOf } from "../components/States";
import { imageType } from "../lib/files";
import { imageSize, MOST_POINTS } from "../lib/imageSize";
import { counted } from "../lib/numbers";
import { MOST_BYTES, type StepImage } from "../lib/stepImages";
import type { Overlay } from "../lib/viewState";

/** A picture where it is shown. */
export interface ShownPicture {
  run: ChartRun;
  key: string;
  /** What there is at the step; nothing if the series begins later. */
  image: StepImage | undefined;
  /** What lies below it, and how it is laid over that. */
  below: { run: ChartRun; image: StepImage; how: Overlay; share: number } | null;
}

/** px */
const [SIDE, GAP, FOOT, HEAD] = [240, 12, 24, 28];
const IN_A_ROW = 4;
const MOST_DRAWN = 200;
/** Up to so many are drawn from the pictures themselves, more from their small copies. */
const MOST_WHOLE = 40;

/** All pictures that are shown, below one another by their keys, as one drawing. */
export async function drawnPictures(cache: QueryClient, shown: ShownPicture[]): Promise<Drawing> {
  const some = shown.slice(0, MOST_DRAWN);
  const size = some.length > MOST_WHOLE ? "small" : "path";
  const cells: { of: ShownPicture; picture: HTMLCanvasElement | string; x: number; y: number }[] = [];
  const heads: { key: string; y: number }[] = [];
  let y = 0;
  for (const key of new Set(some.map((each) => each.key))) {
    heads.push({ key, y });
    const members = some.filter((each) => each.key === key);
    for (const [at, of] of members.entries()) {
      // One after another: of many large pictures only one is in memory as its file.
      const picture = of.image ? await composed(cache, of, of.image, size).catch(messageOf) : "nothing until this step";
      cells.push({ of, picture, x: (at % IN_A_ROW) * (SIDE + GAP), y: y + HEAD + Math.floor(at / IN_A_ROW) * (SIDE + FOOT + GAP) });
    }
    y += HEAD + Math.ceil(members.length / IN_A_ROW) * (SIDE + FOOT + GAP);
  }
  const more = shown.length - some.length;
  const width = Math.max(...cells.map((cell) => cell.x)) + SIDE;
  return {
    width,
    height: y + (more > 0 ? FOOT : 0),
    draw: (pen, ink) => {
      pen.textBaseline = "middle";
      for (const head of heads) {
        pen.textAlign = "left";
        pen.fillStyle = ink.text2;
        pen.fillText(fitted(pen, head.key, width), 0, head.y + HEAD / 2);
      }
      for (const { of, picture, x, y: top } of cells) {
        pen.strokeStyle = ink.line;
        pen.lineWidth = 1;
        pen.strokeRect(x, top, SIDE, SIDE + FOOT);
        const name = of.run.name;
        pen.fillStyle = ink.text2;
        if (typeof picture === "string") {
          pen.textAlign = "center";
          pen.fillText(fitted(pen, picture, SIDE - 16), x + SIDE / 2, top + SIDE / 2);
        } else {
          const share = Math.min(SIDE / picture.width, SIDE / picture.height);
          const [wide, high] = [picture.width * share, picture.height * share];
          pen.drawImage(picture, x + (SIDE - wide) / 2, top + (SIDE - high) / 2, wide, high);
        }
        const middle = top + SIDE + FOOT / 2;
        pen.textAlign = "right";
        pen.fillText(of.image ? String(of.image.step) : "–", x + SIDE - 8, middle);
        pen.textAlign = "left";
        pen.fillText(fitted(pen, name, SIDE - 90), x + 22, middle);
        pen.fillStyle = of.run.colour;
        pen.beginPath();
        pen.arc(x + 12, middle, 4, 0, Math.PI * 2);
        pen.fill();
      }
      if (more > 0) {
        pen.textAlign = "left";
        pen.fillStyle = ink.text2;
        pen.fillText(`and ${counted(more, "more picture")}`, 0, y + FOOT / 2);
      }
    },
  };
}

/** A picture as it is shown: alone, or over the one below it. */
async function composed(cache: QueryClient, { run, below }: ShownPicture, image: StepImage, size: "small" | "path"): Promise<HTMLCanvasElement> {
  const above = await bitmap(cache, run, image[size]);
  const canvas = document.createElement("canvas");
  const under = below && (await bitmap(cache, below.run, below.image[size]));
  [canvas.width, canvas.height] = under ? [Math.max(above.width, under.width), Math.max(above.height, under.height)] : [above.width, above.height];
  const context = canvas.getContext("2d");
  if (!context) throw new Error("The browser cannot draw this image.");
  const draw = (each: ImageBitmap) => {
    const share = Math.min(canvas.width / each.width, canvas.height / each.height);
    context.drawImage(each, (canvas.width - each.width * share) / 2, (canvas.height - each.height * share) / 2, each.width * share, each.height * share);
  };
  if (below && under) {
    if (below.how === "difference") context.fillRect(0, 0, canvas.width, canvas.height);
    draw(under);
    if (below.how === "difference") context.globalCompositeOperation = "difference";
    if (below.how === "fade") context.globalAlpha = below.share;
    if (below.how === "swipe") {
      context.beginPath();
      context.rect(below.share * canvas.width, 0, canvas.width, canvas.height);
      context.clip();
    }
  }
  draw(above);
  return canvas;
}

async function bitmap(cache: QueryClient, run: ChartRun, path: string): Promise<ImageBitmap> {
  const { bytes, whole } = await cache.fetchQuery(fileContent({ kind: "run", runId: run.id }, path, MOST_BYTES));
  if (!whole) throw new Error("The image is larger than 20 MB.");
  const size = imageSize(bytes);
  if (size && size[0] * size[1] > MOST_POINTS) throw new Error("This image has too many points to be drawn.");
  return createImageBitmap(new Blob([bytes], { type: imageType(path) })).catch(() => {
    throw new Error("The browser cannot draw this image.");
  });
}
