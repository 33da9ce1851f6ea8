import type { Card } from "./cards";
import type { ChartSizes } from "./chartSizes";

/** How charts are arranged; all of it stands in the address. Charts of metrics are known by their names, others by their ids. */
export interface ChartArrangement {
  /** The charts that were added; `cardsOf` reads them. */
  cards?: object[];
  /** Titles of the sections that were made for them. */
  own?: string[];
  /** Metrics whose charts stand on top, in this order. */
  pins?: string[];
  /** Metrics that were moved within their sections, in this order; others follow by the alphabet. */
  order?: string[];
  /** Titles of sections that were moved; others follow as they usually stand. */
  sections?: string[];
  /** Titles of sections that are folded. */
  closed?: string[];
  /** How wide and high charts are that are not as those of their kind. */
  sizes?: ChartSizes;
  /** Metrics whose charts were taken away. */
  gone?: string[];
}

export interface ChartSection {
  title: string;
  keys: string[];
}

/** The title of the section of pinned charts; no metric has a name like this. */
export const PINNED = "//pinned";

/**
 * Metrics by the part of their name before the last "/", those without one first; pinned ones in a section on top, and
 * below it those that were made for added charts, whether any stands in them or not. `added` come before metrics.
 */
export function sectionsOf(keys: string[], { pins = [], order = [], sections = [], own = [] }: ChartArrangement = {}, added: Card[] = []): ChartSection[] {
  const ids = added.map((card) => card.id);
  const known = new Set([...ids, ...keys]);
  const pinned = pins.filter((key) => known.has(key));
  const bySection = new Map<string, string[]>(own.map((title) => [title, []]));
  for (const key of known) {
    if (pinned.includes(key)) continue;
    const title = sectionOf(key, added);
    const section = bySection.get(title);
    if (section) section.push(key);
    else bySection.set(title, [key]);
  }
  const arranged = [...bySection]
    .sort(
      ([a], [b]) =>
        placed(sections, a) - placed(sections, b) || placed(own, a) - placed(own, b) || rank(a) - rank(b) || a.localeCompare(b, "en", { numeric: true }),
    )
    .map(([title, names]) => ({
      title,
      keys: names.sort((a, b) => placed(order, a) - placed(order, b) || placed(ids, a) - placed(ids, b) || a.localeCompare(b, "en", { numeric: true })),
    }));
  return pinned.length > 0 ? [{ title: PINNED, keys: pinned }, ...arranged] : arranged;
}

export function sectionOf(key: string, added: Card[] = []): string {
  const card = added.find((each) => each.id === key);
  if (card) return card.section;
  const slash = key.lastIndexOf("/");
  return slash > 0 ? key.slice(0, slash) : "";
}

/** The machine's own figures are read last. */
function rank(title: string): number {
  if (title === "") return 0;
  return title === "system" || title.startsWith("system/") ? 2 : 1;
}

function placed(order: string[], name: string): number {
  const at = order.indexOf(name);
  return at < 0 ? order.length : at;
}

/** The arrangement with a metric's chart pinned, or not any more. */
export function withPin(look: ChartArrangement, key: string): ChartArrangement {
  return { pins: some(toggled(look.pins, key)) };
}

/** The arrangement with a section folded, or not any more. */
export function withFold(look: ChartArrangement, title: string): ChartArrangement {
  return { closed: some(toggled(look.closed, title)) };
}

/**
 * The arrangement with a chart so many places further on within its section, or none if it stands at that end already.
 * `shown` are the sections as they stand.
 */
export function withShift(look: ChartArrangement, shown: ChartSection[], key: string, by: number, added: Card[] = []): ChartArrangement | null {
  const keys = shown.find((each) => each.keys.includes(key))?.keys ?? [];
  const other = neighbour(keys, key, by);
  return other === undefined ? null : withDrop(look, shown, key, other, added);
}

/** The arrangement with a chart at the place of another: next to a pinned one it is pinned, elsewhere it is in order. */
export function withDrop(look: ChartArrangement, shown: ChartSection[], key: string, onto: string, added: Card[] = []): ChartArrangement | null {
  const target = shown.find((each) => each.keys.includes(onto));
  const source = shown.find((each) => each.keys.includes(key));
  if (!target || !source || key === onto) return null;
  if (target.title === PINNED) return { pins: moved(look.pins ?? [], key, onto) };
  // A metric is in the section that its name says; what was added goes where it is put.
  const isAdded = added.some((card) => card.id === key);
  if (!isAdded && target.title !== sectionOf(key)) return null;
  const rest = (look.order ?? []).filter((each) => each !== key && !target.keys.includes(each));
  const change: ChartArrangement = {
    order: [...rest, ...moved(target.keys, key, onto)],
    ...(isAdded ? { cards: added.map((card) => (card.id === key ? { ...card, section: target.title } : card)) } : {}),
  };
  return source.title === PINNED ? { ...change, ...withPin(look, key) } : change;
}

/** The arrangement with a section so many places further down, or at that end; none if it stands there already. */
export function withSectionShift(shown: ChartSection[], title: string, by: number): ChartArrangement | null {
  const titles = shown.map((each) => each.title).filter((each) => each !== PINNED);
  const onto = neighbour(titles, title, by);
  return onto === undefined ? null : { sections: moved(titles, title, onto) };
}

/** The arrangement without a section that somebody made, and without what was added to it. */
export function withoutSection(look: ChartArrangement, title: string, added: Card[]): ChartArrangement {
  return {
    own: some((look.own ?? []).filter((each) => each !== title)),
    sections: some((look.sections ?? []).filter((each) => each !== title)),
    cards: some(added.filter((card) => card.section !== title)),
  };
}

/** The arrangement with a section called otherwise. */
export function withRenamedSection(look: ChartArrangement, old: string, title: string, added: Card[]): ChartArrangement {
  const renamed = (list: string[] = []) => some(list.map((each) => (each === old ? title : each)));
  return {
    own: renamed(look.own),
    sections: renamed(look.sections),
    closed: renamed(look.closed),
    cards: some(added.map((card) => (card.section === old ? { ...card, section: title } : card))),
  };
}

/** The arrangement with an added chart in another section. */
export function withSection(id: string, title: string, added: Card[]): ChartArrangement {
  return { cards: added.map((card) => (card.id === id ? { ...card, section: title } : card)) };
}

/** What stands so many places further on, or at that end; undefined if that is the item itself. */
function neighbour(list: string[], item: string, by: number): string | undefined {
  const at = list.indexOf(item);
  const to = Math.min(list.length - 1, Math.max(0, at + by));
  return at < 0 || to === at ? undefined : list[to];
}

function toggled(list: string[] = [], item: string): string[] {
  return list.includes(item) ? list.filter((each) => each !== item) : [...list, item];
}

/** The list with an item at the place of another one: behind it if it came from before. */
function moved(list: string[], item: string, onto: string): string[] {
  const [from, to] = [list.indexOf(item), list.indexOf(onto)];
  const rest = list.filter((each) => each !== item);
  const at = rest.indexOf(onto) + (from >= 0 && from < to ? 1 : 0);
  return [...rest.slice(0, at), item, ...rest.slice(at)];
}

function some<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}
