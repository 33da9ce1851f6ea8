/** What of a GeoJSON document is drawn: places in degrees, and what is said of each feature. */
export interface GeoFeature {
  points: [number, number][];
  /** Open lines. */
  lines: [number, number][][];
  /** Rings; the first of a polygon is its border, the others are holes. */
  polygons: [number, number][][][];
  properties: Record<string, unknown>;
}

export interface GeoMap {
  features: GeoFeature[];
  /** How many places are left out because there are too many. */
  left: number;
}

const MOST_PLACES = 50_000;

/** The features of a document (a collection, a feature or a geometry), or null if it is none. */
export function geoMap(value: unknown): GeoMap | null {
  const type = typeOf(value);
  if (type === null) return null;
  const map: GeoMap = { features: [], left: 0 };
  const budget = { places: MOST_PLACES, left: 0 };
  const features = type === "FeatureCollection" ? listOf((value as { features?: unknown }).features) : type === "Feature" ? [value] : [{ type: "Feature", geometry: value }];
  for (const each of features) {
    if (typeOf(each) !== "Feature") continue;
    const { geometry, properties } = each as { geometry?: unknown; properties?: unknown };
    const feature: GeoFeature = { points: [], lines: [], polygons: [], properties: isObject(properties) ? properties : {} };
    addGeometry(feature, geometry, budget, 0);
    map.features.push(feature);
  }
  map.left = budget.left;
  return map.features.some((each) => each.points.length + each.lines.length + each.polygons.length > 0) ? map : null;
}

function addGeometry(feature: GeoFeature, geometry: unknown, budget: { places: number; left: number }, depth: number): void {
  if (!isObject(geometry) || depth > 8) return;
  const { coordinates } = geometry;
  const place = (value: unknown): [number, number] | null => {
    if (!Array.isArray(value)) return null;
    const [x, y] = value as unknown[];
    if (typeof x !== "number" || typeof y !== "number" || !Number.isFinite(x) || !Number.isFinite(y) || Math.abs(x) > 720 || Math.abs(y) > 90) return null;
    if (budget.places === 0) {
      budget.left += 1;
      return null;
    }
    budget.places -= 1;
    return [x, y];
  };
  const line = (value: unknown) => listOf(value).flatMap((each) => { const found = place(each); return found ? [found] : []; });
  const rings = (value: unknown) => listOf(value).map(line).filter((ring) => ring.length > 2);
  switch (geometry["type"]) {
    case "Point":
      feature.points.push(...line([coordinates]));
      break;
    case "MultiPoint":
      feature.points.push(...line(coordinates));
      break;
    case "LineString":
      feature.lines.push(line(coordinates));
      break;
    case "MultiLineString":
      feature.lines.push(...listOf(coordinates).map(line));
      break;
    case "Polygon":
      feature.polygons.push(rings(coordinates));
      break;
    case "MultiPolygon":
      feature.polygons.push(...listOf(coordinates).map(rings));
      break;
    case "GeometryCollection":
      for (const each of listOf(geometry["geometries"])) addGeometry(feature, each, budget, depth + 1);
  }
  feature.lines = feature.lines.filter((each) => each.length > 1);
  feature.polygons = feature.polygons.filter((each) => each.length > 0);
}

const TYPES = ["FeatureCollection", "Feature", "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"];

function typeOf(value: unknown): string | null {
  const type = isObject(value) ? value["type"] : null;
  return typeof type === "string" && TYPES.includes(type) ? type : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** West, south, east and north in degrees, with a margin; a single place gets some ground around it. */
export function boundsOf(map: GeoMap): [number, number, number, number] {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { points, lines, polygons } of map.features) {
    for (const list of [points, ...lines, ...polygons.flat()]) {
      for (const [x, y] of list) {
        west = Math.min(west, x);
        east = Math.max(east, x);
        south = Math.min(south, y);
        north = Math.max(north, y);
      }
    }
  }
  const margin = Math.max((east - west) * 0.06, (north - south) * 0.06, 0.002);
  return [west - margin, Math.max(-90, south - margin), east + margin, Math.min(90, north + margin)];
}

/** Degrees as points of a picture: a degree of longitude is as wide as it is in the middle of what is shown. */
export function projection([west, south, east, north]: [number, number, number, number], width: number): { height: number; at: (place: readonly [number, number]) => [number, number] } {
  const narrow = Math.max(0.05, Math.cos((((south + north) / 2) * Math.PI) / 180));
  const scale = width / ((east - west) * narrow);
  return {
    height: (north - south) * scale,
    at: ([x, y]) => [(x - west) * narrow * scale, (north - y) * scale],
  };
}

/** Degrees at which lines of a net are drawn: a few round ones between two others. */
export function netLines(low: number, high: number): number[] {
  const wanted = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= wanted) ?? power * 10;
  const lines: number[] = [];
  for (let at = Math.ceil(low / step); at * step <= high && lines.length < 20; at++) lines.push(Number((at * step).toPrecision(12)));
  return lines;
}

/** "2.35° E", "48.85° N". */
export function degrees(value: number, [plus, minus]: readonly [string, string]): string {
  return `${Number(Math.abs(value).toFixed(4))}°${value === 0 ? "" : ` ${value > 0 ? plus : minus}`}`;
}
