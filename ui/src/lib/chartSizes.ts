/** How wide and how high charts are where somebody said so; it stands in the address as `{"loss": "2x400"}`. */

/** What was chosen for a chart; what was not is as it is for charts of its kind. */
export interface ChartSize {
  /** So many columns of the grid, or all that there are. */
  columns?: number | "all";
  /** Of what is drawn, in px. */
  height?: number;
}

/** By the ids of the charts: columns, "x", height; each of them may be missing, and `*` stands for all columns. */
export type ChartSizes = Record<string, string>;

export const LEAST_HEIGHT = 120;
export const MOST_HEIGHT = 1200;
/** px by which a height grows, so that charts that are to be equally high become so. */
export const HEIGHT_STEP = 10;
const MOST_COLUMNS = 12;
const MOST_SIZES = 500;
const WRITTEN = /^(\*|[1-9]\d?)?(?:x(\d{2,4}))?$/;

/** Those that need the room take the whole width if nothing else is said. */
export function isWideKind(kind: unknown): boolean {
  return kind === "parallel" || kind === "difference" || kind === "images";
}

/** The sizes that an address holds. Addresses of before had only a list of charts that are as wide as those of their kind are not. */
export function sizesOf(raw: Record<string, unknown>): ChartSizes | undefined {
  const { sizes, wide, cards } = raw;
  const found: ChartSizes = {};
  if (Array.isArray(wide)) {
    const kinds = new Map((Array.isArray(cards) ? cards : []).flatMap((card: unknown) => (isObject(card) ? [[card["id"], card["kind"]] as const] : [])));
    for (const id of wide.slice(0, MOST_SIZES)) if (typeof id === "string") found[id] = isWideKind(kinds.get(id)) ? "1" : "*";
  }
  if (isObject(sizes)) {
    for (const [id, written] of Object.entries(sizes).slice(0, MOST_SIZES)) {
      const size = typeof written === "string" ? sizeIn({ [id]: written }, id) : {};
      if (Object.keys(size).length > 0) found[id] = text(size);
    }
  }
  return Object.keys(found).length > 0 ? sorted(found) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What was chosen for one chart. */
export function sizeIn(sizes: ChartSizes | undefined, id: string): ChartSize {
  const written = sizes && Object.hasOwn(sizes, id) ? sizes[id] : undefined;
  const [, columns, height] = (typeof written === "string" && WRITTEN.exec(written)) || [];
  return {
    ...(columns === undefined ? {} : { columns: columns === "*" ? ("all" as const) : Math.min(MOST_COLUMNS, Number(columns)) }),
    ...(height === undefined ? {} : { height: heightNear(Number(height)) }),
  };
}

/** The sizes with that of one chart; an empty one is taken from them. */
export function withSize(sizes: ChartSizes | undefined, id: string, size: ChartSize): ChartSizes | undefined {
  const rest = Object.entries(sizes ?? {}).filter(([each]) => each !== id);
  const written = text(size);
  const all = written === "" ? rest : [...rest, [id, written] as const];
  return all.length > 0 ? sorted(Object.fromEntries(all)) : undefined;
}

/** A size without what charts of this kind have anyway. */
export function chosenSize(size: ChartSize, usual: Required<ChartSize>): ChartSize {
  return {
    ...(size.columns === undefined || size.columns === usual.columns ? {} : { columns: size.columns }),
    ...(size.height === undefined || size.height === usual.height ? {} : { height: size.height }),
  };
}

export function heightNear(height: number): number {
  return Math.min(MOST_HEIGHT, Math.max(LEAST_HEIGHT, Math.round(height / HEIGHT_STEP) * HEIGHT_STEP));
}

/** How many columns a chart takes of those that there are. */
export function spanOf(columns: number | "all", of: number): number {
  return columns === "all" ? of : Math.min(columns, of);
}

/**
 * The columns of a chart whose right edge is dragged so that it is so many px wide. At the last column it takes all that
 * there are, also in a wider window; of a single column nothing can be said.
 */
export function columnsNear(width: number, grid: { columns: number; column: number; gap: number }): number | "all" | undefined {
  if (grid.columns < 2) return undefined;
  const columns = Math.max(1, Math.round((width + grid.gap) / (grid.column + grid.gap)));
  return columns >= grid.columns ? "all" : columns;
}

/** How many columns of charts fit side by side; all in px. */
export function fittingColumns(width: number, least: number, gap: number): number {
  return Math.max(1, Math.min(MOST_COLUMNS, Math.floor((width + gap) / (least + gap))));
}

function text({ columns, height }: ChartSize): string {
  return `${columns === undefined ? "" : columns === "all" ? "*" : columns}${height === undefined ? "" : `x${height}`}`;
}

/** In the order of the ids, so that what is equal is written equally. */
function sorted(sizes: ChartSizes): ChartSizes {
  return Object.fromEntries(Object.entries(sizes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
