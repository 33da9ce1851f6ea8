import { expect, test } from "vitest";

import { imageAt, imageKeys, imageSteps, stepImages, stepImageTitle } from "./stepImages";

const PATHS = [
  "images/val~sample+step+10+timestamp+2+b1+compressed.webp",
  "images/val~sample+step+10+timestamp+2+b1.png",
  "images/val~sample+step+0+timestamp+1+a1.png",
  "images/old%step%5%timestamp%7%c-1.png",
  "images/old%step%5%timestamp%7%c-1%compressed.webp",
  "images/notes.txt",
  "images/plain.png",
];

test("series are read from the names of files, new and old", () => {
  const images = stepImages(PATHS);
  expect(images).toEqual([
    { key: "val/sample", step: 0, timestamp: 1, path: PATHS[2], small: PATHS[2] },
    { key: "old", step: 5, timestamp: 7, path: PATHS[3], small: PATHS[4] },
    { key: "val/sample", step: 10, timestamp: 2, path: PATHS[1], small: PATHS[0] },
  ]);
  expect(imageKeys(images)).toEqual(["old", "val/sample"]);
});

test("a picture stays until the next one comes", () => {
  const images = stepImages(PATHS);
  expect(imageSteps(images, ["val/sample"])).toEqual([0, 10]);
  expect(imageSteps(images, ["val/sample", "old"])).toEqual([0, 5, 10]);
  expect(imageAt(images, "val/sample", 9)?.step).toBe(0);
  expect(imageAt(images, "val/sample", 10)?.step).toBe(10);
  expect(imageAt(images, "val/sample", -1)).toBeUndefined();
});

test("of two pictures of a step the later one is shown, and a key may look like a name", () => {
  const images = stepImages(["images/a+step+1+step+3+timestamp+9+x.png", "images/k+step+3+timestamp+2+x.png", "images/k+step+3+timestamp+1+y.png"]);
  expect(imageAt(images, "k", 3)?.timestamp).toBe(2);
  expect(images.map((image) => image.key)).not.toContain("a");
});

test("gives files of a series a name that can be read", () => {
  expect(stepImageTitle("a~b+step+5+timestamp+9+id+compressed.webp")).toBe("a/b, step 5 (small)");
  expect(stepImageTitle("samples%step%0%timestamp%9%id.png")).toBe("samples, step 0");
  expect(stepImageTitle("plot.png")).toBeNull();
});
