/** What charts draw with: the part of a canvas context that every drawing here needs, so that it can be drawn as vectors too. */
export interface Pen {
  fillStyle: string | CanvasGradient | CanvasPattern;
  strokeStyle: string | CanvasGradient | CanvasPattern;
  lineWidth: number;
  globalAlpha: number;
  font: string;
  textAlign: CanvasTextAlign;
  textBaseline: CanvasTextBaseline;
  fillRect(x: number, y: number, width: number, height: number): void;
  strokeRect(x: number, y: number, width: number, height: number): void;
  beginPath(): void;
  closePath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  rect(x: number, y: number, width: number, height: number): void;
  arc(x: number, y: number, radius: number, from: number, to: number): void;
  fill(): void;
  stroke(): void;
  clip(): void;
  save(): void;
  restore(): void;
  translate(x: number, y: number): void;
  rotate(angle: number): void;
  setLineDash(lengths: number[]): void;
  fillText(text: string, x: number, y: number): void;
  strokeText(text: string, x: number, y: number): void;
  drawImage(image: HTMLCanvasElement, x: number, y: number, width: number, height: number): void;
  measureText(text: string): { width: number };
}

interface State {
  fillStyle: Pen["fillStyle"];
  strokeStyle: Pen["strokeStyle"];
  lineWidth: number;
  globalAlpha: number;
  font: string;
  textAlign: CanvasTextAlign;
  textBaseline: CanvasTextBaseline;
  dash: number[];
  transform: string;
  /** How many groups are open that only a clip has opened. */
  clips: number;
}

const ANCHORS: Partial<Record<CanvasTextAlign, string>> = { center: "middle", right: "end", end: "end" };
/** How far below a canvas's baseline an SVG's lies, in heights of a letter; viewers disagree about `dominant-baseline`. */
const SHIFTS: Partial<Record<CanvasTextBaseline, number>> = { middle: 0.35, top: 0.8, hanging: 0.8, bottom: -0.2 };

/** A pen that writes down what is drawn as elements of an SVG. `measure`: the width of a text in a font, in px. */
export class SvgPen implements Pen {
  fillStyle: Pen["fillStyle"] = "#000000";
  strokeStyle: Pen["strokeStyle"] = "#000000";
  lineWidth = 1;
  globalAlpha = 1;
  font = "12px sans-serif";
  textAlign: CanvasTextAlign = "start";
  textBaseline: CanvasTextBaseline = "alphabetic";
  private dash: number[] = [];
  private transform = "";
  private clips = 0;
  private clipped = 0;
  private path = "";
  private readonly states: State[] = [];
  private readonly elements: string[] = [];

  constructor(private readonly measure: (text: string, font: string) => number) {}

  /** Everything drawn so far, as a file of this size in px. */
  svg(width: number, height: number, title: string): string {
    const open = this.clips + this.states.reduce((sum, state) => sum + state.clips, 0);
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${px(width)}" height="${px(height)}" viewBox="0 0 ${px(width)} ${px(height)}" role="img">` +
      `<title>${escaped(title)}</title>${this.elements.join("")}${"</g>".repeat(open)}</svg>`
    );
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.add(`<rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}"${this.filled()}`);
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    this.add(`<rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}"${this.stroked()}`);
  }

  beginPath(): void {
    this.path = "";
  }

  closePath(): void {
    this.path += "Z";
  }

  moveTo(x: number, y: number): void {
    this.path += `M${px(x)} ${px(y)}`;
  }

  lineTo(x: number, y: number): void {
    this.path += `${this.path === "" ? "M" : "L"}${px(x)} ${px(y)}`;
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.path += `M${px(x)} ${px(y)}h${px(width)}v${px(height)}h${px(-width)}Z`;
  }

  /** Whole circles only: no drawing here has a part of one. */
  arc(x: number, y: number, radius: number, _from: number, _to: number): void {
    const [r, d] = [px(radius), px(radius * 2)];
    this.path += `M${px(x - radius)} ${px(y)}a${r} ${r} 0 1 0 ${d} 0a${r} ${r} 0 1 0 ${px(-radius * 2)} 0Z`;
  }

  fill(): void {
    if (this.path !== "") this.add(`<path d="${this.path}"${this.filled()}`);
  }

  stroke(): void {
    if (this.path !== "") this.add(`<path d="${this.path}"${this.stroked()}`);
  }

  clip(): void {
    const id = `clip${++this.clipped}`;
    this.elements.push(`<clipPath id="${id}"><path d="${this.path}"${this.placed()}/></clipPath><g clip-path="url(#${id})">`);
    this.clips += 1;
  }

  save(): void {
    const { fillStyle, strokeStyle, lineWidth, globalAlpha, font, textAlign, textBaseline, dash, transform, clips } = this;
    this.states.push({ fillStyle, strokeStyle, lineWidth, globalAlpha, font, textAlign, textBaseline, dash, transform, clips });
    this.clips = 0;
  }

  restore(): void {
    const state = this.states.pop();
    if (!state) return;
    this.elements.push("</g>".repeat(this.clips));
    Object.assign(this, state);
  }

  translate(x: number, y: number): void {
    this.transform += `translate(${px(x)} ${px(y)})`;
  }

  rotate(angle: number): void {
    this.transform += `rotate(${px((angle * 180) / Math.PI)})`;
  }

  setLineDash(lengths: number[]): void {
    this.dash = lengths;
  }

  fillText(text: string, x: number, y: number): void {
    this.write(text, x, y, this.filled());
  }

  strokeText(text: string, x: number, y: number): void {
    this.write(text, x, y, `${this.stroked()} stroke-linejoin="round"`);
  }

  drawImage(image: HTMLCanvasElement, x: number, y: number, width: number, height: number): void {
    this.add(`<image x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" href="${image.toDataURL("image/png")}"`);
  }

  measureText(text: string): { width: number } {
    return { width: this.measure(text, this.font) };
  }

  private write(text: string, x: number, y: number, painted: string): void {
    const [, size = "12", family = "sans-serif"] = /([\d.]+)px\s+(.*)$/s.exec(this.font) ?? [];
    const weight = /^\s*(\d{3}|bold)\s/.exec(this.font)?.[1];
    const below = (SHIFTS[this.textBaseline] ?? 0) * Number(size);
    const anchor = ANCHORS[this.textAlign];
    this.add(
      `<text x="${px(x)}" y="${px(y + below)}" font-family="${escaped(family)}" font-size="${size}"${weight ? ` font-weight="${weight}"` : ""}` +
        `${anchor ? ` text-anchor="${anchor}"` : ""}${painted}`,
      escaped(text),
    );
  }

  private add(start: string, content?: string): void {
    const name = /^<(\w+)/.exec(start)?.[1];
    this.elements.push(content === undefined ? `${start}${this.placed()}/>` : `${start}${this.placed()}>${content}</${name}>`);
  }

  private placed(): string {
    return this.transform === "" ? "" : ` transform="${this.transform}"`;
  }

  private filled(): string {
    return painted("fill", this.fillStyle, this.globalAlpha);
  }

  private stroked(): string {
    const dash = this.dash.length > 0 ? ` stroke-dasharray="${this.dash.map(px).join(" ")}"` : "";
    return ` fill="none"${painted("stroke", this.strokeStyle, this.globalAlpha)} stroke-width="${px(this.lineWidth)}"${dash}`;
  }
}

/** A colour and how much of it is seen; programs that draw do not all know colours of eight digits. */
function painted(what: "fill" | "stroke", style: Pen["fillStyle"], alpha: number): string {
  const colour = typeof style === "string" ? style : "none";
  if (colour === "transparent") return ` ${what}="none"`;
  const eight = /^#([0-9a-f]{6})([0-9a-f]{2})$/i.exec(colour);
  const seen = alpha * (eight ? Number.parseInt(eight[2]!, 16) / 255 : 1);
  return ` ${what}="${escaped(eight ? `#${eight[1]}` : colour)}"${seen < 1 ? ` ${what}-opacity="${px(seen)}"` : ""}`;
}

/** Two digits of a pixel are finer than any screen. */
function px(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** A text of anybody within XML, in which control characters have no place at all. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
