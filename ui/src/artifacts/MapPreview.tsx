import "./Map.css";

import { useMemo } from "react";

import { boundsOf, degrees, type GeoFeature, type GeoMap, netLines, projection } from "../lib/geojson";
import { counted } from "../lib/numbers";
import TablePreview from "./TablePreview";

const WIDTH = 1000;
const MOST_HEIGHT = 600;
const EAST_WEST = ["E", "W"] as const;
const NORTH_SOUTH = ["N", "S"] as const;

/** Shapes on a net of degrees. A map below them would have to be fetched from elsewhere, and say what is looked at. */
export default function MapPreview({ map, name }: { map: GeoMap; name: string }) {
  const drawn = useMemo(() => drawing(map), [map]);
  const rows = useMemo(() => propertyRows(map.features), [map]);
  return (
    <>
      <p className="file-cut quiet">
        {counted(map.features.length, "feature")}
        {map.left > 0 && `; ${counted(map.left, "place")} more are not drawn`}
      </p>
      <svg className="map" viewBox={`0 0 ${WIDTH} ${drawn.height}`} role="img" aria-label={`Map of ${name}: ${counted(map.features.length, "feature")} between ${drawn.corners}`}>
        {drawn.down.map(({ at, text }) => (
          <g key={text}>
            <line className="map-net" x1={at} x2={at} y1={0} y2={drawn.height} />
            <text x={at + 4} y={drawn.height - 6}>
              {text}
            </text>
          </g>
        ))}
        {drawn.across.map(({ at, text }) => (
          <g key={text}>
            <line className="map-net" x1={0} x2={WIDTH} y1={at} y2={at} />
            <text x={4} y={at - 4}>
              {text}
            </text>
          </g>
        ))}
        {drawn.features.map(({ areas, lines, points, hint }, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- a feature is its place
          <g key={at} data-hint={hint || undefined}>
            {areas && <path className="map-area" d={areas} />}
            {lines && <path className="map-line" d={lines} />}
            {points.map(([x, y]) => (
              <circle key={`${x} ${y}`} className="map-point" cx={x} cy={y} r={5} />
            ))}
          </g>
        ))}
      </svg>
      {rows && <TablePreview rows={rows} whole />}
    </>
  );
}

function drawing(map: GeoMap) {
  let bounds = boundsOf(map);
  let { at, height } = projection(bounds, WIDTH);
  if (height > MOST_HEIGHT) {
    // Ground to the left and right of what is tall.
    const [west, south, east, north] = bounds;
    const more = ((east - west) * (height / MOST_HEIGHT - 1)) / 2;
    bounds = [west - more, south, east + more, north];
    ({ at, height } = projection(bounds, WIDTH));
  }
  const [west, south, east, north] = bounds;
  const path = (line: [number, number][], close: string) => `M${line.map((place) => at(place).map((each) => each.toFixed(1)).join(" ")).join("L")}${close}`;
  return {
    height: Math.max(120, Math.round(height)),
    corners: `${degrees(south, NORTH_SOUTH)}, ${degrees(west, EAST_WEST)} and ${degrees(north, NORTH_SOUTH)}, ${degrees(east, EAST_WEST)}`,
    down: netLines(west, east).map((degree) => ({ at: at([degree, north])[0], text: degrees(degree, EAST_WEST) })),
    across: netLines(south, north).map((degree) => ({ at: at([west, degree])[1], text: degrees(degree, NORTH_SOUTH) })),
    features: map.features.map((feature) => ({
      areas: feature.polygons.flat().map((ring) => path(ring, "Z")).join(""),
      lines: feature.lines.map((line) => path(line, "")).join(""),
      points: feature.points.map(at),
      hint: Object.entries(feature.properties).slice(0, 6).map(([key, value]) => `${key}: ${cell(value)}`).join("\n").slice(0, 400),
    })),
  };
}

/** What is said of the features, as a table; null if nothing is. */
function propertyRows(features: GeoFeature[]): string[][] | null {
  const names = [...new Set(features.flatMap((each) => Object.keys(each.properties)))];
  if (names.length === 0) return null;
  return [names, ...features.map(({ properties }) => names.map((name) => cell(properties[name])))];
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
