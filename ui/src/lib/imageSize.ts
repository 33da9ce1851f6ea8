/** The most points that are drawn: a few kilobytes of a file can ask for gigabytes of memory. */
export const MOST_POINTS = 100_000_000;

/** Width and height that an image file states, or null where its format is not known or says nothing. */
export function imageSize(bytes: Uint8Array): [width: number, height: number] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begins = (at: number, text: string) => [...text].every((letter, index) => bytes[at + index] === letter.charCodeAt(0));
  if (begins(1, "PNG") && view.byteLength >= 24) return [view.getUint32(16), view.getUint32(20)];
  if (begins(0, "GIF8") && view.byteLength >= 10) return [view.getUint16(6, true), view.getUint16(8, true)];
  if (begins(0, "BM") && view.byteLength >= 26) return [Math.abs(view.getInt32(18, true)), Math.abs(view.getInt32(22, true))];
  if (begins(0, "RIFF") && begins(8, "WEBP") && view.byteLength >= 30) return sizeOfWebp(view, begins);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return sizeOfJpeg(view);
  return null;
}

function sizeOfWebp(view: DataView, begins: (at: number, text: string) => boolean): [number, number] | null {
  const three = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
  if (begins(12, "VP8X")) return [three(24) + 1, three(27) + 1];
  if (begins(12, "VP8L")) {
    const packed = view.getUint32(21, true);
    return [(packed & 0x3fff) + 1, ((packed >>> 14) & 0x3fff) + 1];
  }
  if (begins(12, "VP8 ")) return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
  return null;
}

/** Walks over the segments to the frame header, which any of 13 markers begins. */
function sizeOfJpeg(view: DataView): [number, number] | null {
  let at = 2;
  while (at + 9 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return [view.getUint16(at + 7), view.getUint16(at + 5)];
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return null;
}
