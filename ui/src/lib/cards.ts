import type { ColumnId } from "./columns";
import type { Spacing } from "./scales";
import { SMOOTHINGS } from "./smoothing";
import { type ChartLook, type ChartX, type ImageSearch, SPACINGS, spacings } from "./viewState";

/** Charts that people add to those which a page makes by itself. */
export const CARD_KINDS = ["lines", "bars", "scatter", "box", "contour", "parallel", "difference", "images"] as const;
export type CardKind = (typeof CARD_KINDS)[number];

export const KIND_NAMES: Record<CardKind, string> = {
  lines: "Lines",
  bars: "Bars",
  scatter: "Scatter",
  box: "Box",
  contour: "Contour",
  parallel: "Parallel coordinates",
  difference: "Difference",
  images: "Images",
};

/** A chart that was added, with what was chosen for it; all else is chosen when it is drawn. It stands in the address. */
export interface Card {
  /** No metric has a name that begins with two slashes. */
  id: string;
  kind: CardKind;
  /** The title of the section in which it stands. */
  section: string;
  title?: string;
  /** Of lines, bars and differences: which metrics. */
  metrics?: string[];
  x?: ColumnId;
  y?: ColumnId;
  /** What the runs are coloured by; `BY_RUN` for a colour each. */
  colour?: ColumnId;
  /** How numbers are spread along a side, if that is not left to what they are. */
  xscale?: Spacing;
  yscale?: Spacing;
  /** The same of each axis of parallel coordinates, and of what the runs are coloured by. */
  scales?: Record<ColumnId, Spacing>;
  /** The colours the other way round. */
  flip?: boolean;
  axes?: ColumnId[];
  /** Of lines: what differs from how the curves of the page are drawn. */
  look?: CardLook;
  /** Of differences: the run to which they are told. */
  base?: string;
  /** Of images: which series, at which step, and how they are laid over one another. */
  images?: ImageSearch;
}

/** "step" and "exponential" say that a card has what is usual although its page has not. */
export interface CardLook extends Omit<ChartLook, "points" | "minus" | "hidden" | "band"> {
  points?: "on" | "off";
}

export const BY_RUN = "run";
/** The section of the first chart that somebody adds. */
export const ADDED = "Charts";

const MOST_CARDS = 60;
const MOST_LISTED = 100;

type Raw = Record<string, unknown>;

/** The cards that an address holds; anybody may have written it, so what is none is left out. */
export function cardsOf(raw: unknown): Card[] {
  if (!Array.isArray(raw)) return [];
  const seen = new Set<string>();
  return raw.slice(0, MOST_CARDS).flatMap((each: unknown): Card[] => {
    if (typeof each !== "object" || each === null) return [];
    const { id, kind, section, flip, ...rest } = each as Raw;
    const known = CARD_KINDS.find((one) => one === kind);
    if (typeof id !== "string" || !/^\/\/\w{1,20}$/.test(id) || id === "//pinned" || seen.has(id) || !known) return [];
    seen.add(id);
    return [
      {
        id,
        kind: known,
        section: typeof section === "string" ? section : ADDED,
        ...(flip === true ? { flip } : {}),
        ...Object.fromEntries((["xscale", "yscale"] as const).flatMap((name) => (SPACINGS.some((each) => each === rest[name]) ? [[name, rest[name]]] : []))),
        ...scalesOf(rest["scales"]),
        ...texts(rest, ["title", "x", "y", "colour", "base"] as const),
        ...lists(rest, ["metrics", "axes"] as const),
        ...(isObject(rest["look"]) ? { look: lookOf(rest["look"]) } : {}),
        ...(isObject(rest["images"]) ? { images: imagesOf(rest["images"]) } : {}),
      },
    ];
  });
}

function scalesOf(raw: unknown): Pick<Card, "scales"> {
  const scales = spacings(raw);
  return scales ? { scales } : {};
}

function isObject(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function texts<K extends string>(raw: Raw, names: readonly K[]): Partial<Record<K, string>> {
  return Object.fromEntries(names.flatMap((name) => (typeof raw[name] === "string" && raw[name] !== "" ? [[name, raw[name]]] : []))) as Partial<Record<K, string>>;
}

function lists<K extends string>(raw: Raw, names: readonly K[]): Partial<Record<K, string[]>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = raw[name];
      return Array.isArray(value) ? [[name, [...new Set(value.filter((each) => typeof each === "string"))].slice(0, MOST_LISTED)]] : [];
    }),
  ) as Partial<Record<K, string[]>>;
}

function lookOf(raw: Raw): CardLook {
  const { smooth, axis, points } = raw;
  const smoothing = SMOOTHINGS.find((each) => each === raw["smoothing"]);
  const flags = ["log", "xlog", "trim"].flatMap((name) => (typeof raw[name] === "boolean" ? [[name, raw[name]]] : []));
  return {
    ...(Object.fromEntries(flags) as Pick<CardLook, "log" | "xlog" | "trim">),
    ...(raw["log"] === "symlog" ? { log: "symlog" as const } : {}),
    ...(typeof smooth === "number" && smooth >= 0 && smooth < 1 ? { smooth } : {}),
    ...(smoothing ? { smoothing } : {}),
    ...(typeof axis === "string" && /^(step|time|relative|metrics\..+)$/s.test(axis) ? { axis: axis as ChartX } : {}),
    ...(points === "on" || points === "off" ? { points } : {}),
  };
}

function imagesOf(raw: Raw): ImageSearch {
  const { step, overlay } = raw;
  return {
    ...lists(raw, ["images"] as const),
    ...texts(raw, ["against"] as const),
    ...(typeof step === "number" && Number.isSafeInteger(step) ? { step } : {}),
    ...(overlay === "swipe" || overlay === "fade" || overlay === "difference" ? { overlay } : {}),
  };
}

/** A card of this kind that nobody has set up yet. */
export function newCard(kind: CardKind, section: string, others: Card[]): Card {
  const highest = Math.max(0, ...others.map((card) => Number(card.id.slice(2)) || 0));
  return { id: `//${highest + 1}`, kind, section };
}

/** The cards with one of them changed; a field that is undefined is taken from it. */
export function withCard(cards: Card[], id: string, change: Partial<Record<keyof Card, unknown>>): Card[] {
  return cards.map((card) => (card.id === id ? (cleaned({ ...card, ...change }) as unknown as Card) : card));
}

function cleaned(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/** How the curves of a card are drawn: as those of its page, but for what was chosen for it. */
export function lookOfCard(page: ChartLook, card: Card): ChartLook {
  return { ...page, ...card.look };
}
