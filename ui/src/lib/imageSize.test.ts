import { expect, test } from "vitest";

import { imageSize } from "./imageSize";

function bytes(...parts: (string | number[])[]): Uint8Array {
  const all = parts.flatMap((part) => (typeof part === "string" ? Array.from(part, (letter) => letter.charCodeAt(0)) : part));
  return new Uint8Array([...all, ...Array<number>(40).fill(0)]);
}

test("each format states its size", () => {
  expect(imageSize(bytes([0x89], "PNG\r\n\x1a\n", [0, 0, 0, 13], "IHDR", [0, 0, 0xc3, 0x50, 0, 1, 0, 0]))).toEqual([50_000, 65_536]);
  expect(imageSize(bytes("GIF89a", [0x2c, 1, 0xc8, 0]))).toEqual([300, 200]);
  expect(imageSize(bytes("BM", Array<number>(16).fill(0), [0x2c, 1, 0, 0, 0x38, 0xff, 0xff, 0xff]))).toEqual([300, 200]);
  expect(imageSize(bytes("RIFF", [0, 0, 0, 0], "WEBPVP8X", Array<number>(8).fill(0), [0x2b, 1, 0, 0xc7, 0, 0]))).toEqual([300, 200]);
  expect(imageSize(bytes("RIFF", [0, 0, 0, 0], "WEBPVP8L", [0, 0, 0, 0, 0x2f, 0x2b, 0xc1, 0x31, 0]))).toEqual([300, 200]);
  expect(imageSize(bytes([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 1, 0xff, 0xc2, 0, 11, 8, 0, 200, 1, 0x2c]))).toEqual([300, 200]);
});

test("what is cut off or no image says nothing", () => {
  expect(imageSize(new Uint8Array([0xff, 0xd8, 0xff]))).toBeNull();
  expect(imageSize(new Uint8Array([0x89, 0x50, 0x4e, 0x47]))).toBeNull();
  expect(imageSize(bytes([0xff, 0xd8, 0xff, 0xe0, 0, 0]))).toBeNull();
  expect(imageSize(bytes("<svg/>"))).toBeNull();
  expect(imageSize(new Uint8Array(0))).toBeNull();
});
