import { describe, expect, it } from "vitest";

import { boundsOf, degrees, geoMap, netLines, projection } from "./geojson";

const point = { type: "Point", coordinates: [2, 48] };

describe("GeoJSON", () => {
  it("reads collections, features and bare geometries", () => {
    const collection = { type: "FeatureCollection", features: [{ type: "Feature", properties: { a: 1 }, geometry: point }, { type: "Feature", geometry: null }] };
    expect(geoMap(collection)?.features.map((each) => [each.points, each.properties])).toEqual([[[[2, 48]], { a: 1 }], [[], {}]]);
    expect(geoMap(point)?.features[0]?.points).toEqual([[2, 48]]);
    expect(geoMap({ type: "Feature", geometry: { type: "GeometryCollection", geometries: [point, { type: "LineString", coordinates: [[0, 0], [1, 1]] }] } })?.features[0]?.lines).toEqual([[[0, 0], [1, 1]]]);
    expect(geoMap({ type: "Polygon", coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]], [[0, 0]]] })?.features[0]?.polygons).toEqual([[[[0, 0], [1, 0], [1, 1], [0, 0]]]]);
  });
  it("takes nothing else for a map", () => {
    for (const other of [null, 3, [], {}, { type: "Feature" }, { type: "Point", coordinates: ["a", 2] }, { type: "Point", coordinates: [0, 200] }, { type: "FeatureCollection", features: "x" }]) {
      expect(geoMap(other)).toBeNull();
    }
  });
  it("counts what is too much to be drawn", () => {
    const many = geoMap({ type: "MultiPoint", coordinates: Array.from({ length: 50_010 }, () => [1, 1]) });
    expect([many?.features[0]?.points.length, many?.left]).toEqual([50_000, 10]);
  });
  it("places degrees", () => {
    const map = geoMap({ type: "MultiPoint", coordinates: [[0, 0], [10, 10]] })!;
    const bounds = boundsOf(map);
    expect(bounds.map((each) => Number(each.toFixed(6)))).toEqual([-0.6, -0.6, 10.6, 10.6]);
    const { at, height } = projection(bounds, 500);
    expect(at([bounds[0], bounds[3]])).toEqual([0, 0]);
    expect(at([bounds[2], bounds[1]]).map(Math.round)).toEqual([500, Math.round(height)]);
    expect(height).toBeGreaterThan(500);
    expect(netLines(-0.6, 10.6)).toEqual([0, 5, 10]);
    expect([degrees(2.35, ["E", "W"]), degrees(-3, ["E", "W"]), degrees(0, ["N", "S"])]).toEqual(["2.35° E", "3° W", "0°"]);
  });
});
