import { describe, expect, it } from "vitest";

import { archiveEntries, arrayTable, entryStart, shapeText, type Slice, tensorsOf, Unreadable } from "./binaryFiles";

function sliceOf(bytes: Uint8Array): Slice {
  return (start, end) => Promise.resolve(bytes.slice(start, end).buffer as ArrayBuffer);
}

function npy(descr: string, shape: string, data: ArrayBuffer, fortran = "False"): Uint8Array {
  const head = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;
  const bytes = new Uint8Array(10 + head.length + data.byteLength);
  bytes.set([0x93, 78, 85, 77, 80, 89, 1, 0, head.length & 255, head.length >> 8]);
  bytes.set(new TextEncoder().encode(head), 10);
  bytes.set(new Uint8Array(data), 10 + head.length);
  return bytes;
}

describe("arrays of NumPy", () => {
  it("are tables", async () => {
    const file = npy("<f8", "(2, 3)", Float64Array.of(0, 1, 2, 0.5, -1, Number.NaN).buffer);
    const table = await arrayTable(sliceOf(file), file.length);
    expect(table.rows).toEqual([["0", "1", "2"], ["0", "1", "2"], ["0.5", "-1", "NaN"]]);
    expect([table.head.type, shapeText(table.head.shape), table.cut]).toEqual(["float64", "2 × 3", ""]);
  });
  it("may stand column by column, or have more axes than two", async () => {
    const columns = npy("<i4", "(2, 3)", Int32Array.of(1, 4, 2, 5, 3, 6).buffer, "True");
    expect((await arrayTable(sliceOf(columns), columns.length)).rows?.slice(1)).toEqual([["1", "2", "3"], ["4", "5", "6"]]);
    const deep = npy("|u1", "(2, 2, 2)", Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8).buffer);
    const table = await arrayTable(sliceOf(deep), deep.length);
    expect([table.rows?.slice(1), table.cut]).toEqual([[["1", "2"], ["3", "4"]], "[0, :, :]"]);
    const steep = npy("|u1", "(2, 2, 2)", Uint8Array.of(1, 5, 3, 7, 2, 6, 4, 8).buffer, "True");
    expect((await arrayTable(sliceOf(steep), steep.length)).rows?.slice(1)).toEqual([["1", "2"], ["3", "4"]]);
  });
  it("of one axis or none, of halves and of objects", async () => {
    const halves = npy("<f2", "(2,)", Uint16Array.of(0x3c00, 0xc000).buffer);
    expect((await arrayTable(sliceOf(halves), halves.length)).rows).toEqual([["value"], ["1"], ["-2"]]);
    const single = npy(">i8", "()", Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 7).buffer);
    expect((await arrayTable(sliceOf(single), single.length)).rows).toEqual([["value"], ["7"]]);
    const objects = npy("|O", "(3,)", Uint8Array.of(0x80).buffer);
    expect((await arrayTable(sliceOf(objects), objects.length)).rows).toBeNull();
  });
  it("say what they are not", async () => {
    await expect(arrayTable(sliceOf(new Uint8Array(20)), 20)).rejects.toThrow(Unreadable);
    await expect(arrayTable(sliceOf(new Uint8Array(0)), 0)).rejects.toThrow(Unreadable);
  });
});

/** An archive with one entry that is stored as it is. */
function zip(name: string, text: string): Uint8Array {
  const [names, body] = [new TextEncoder().encode(name), new TextEncoder().encode(text)];
  const local = new DataView(new ArrayBuffer(30));
  local.setUint32(0, 0x04034b50, true);
  local.setUint16(26, names.length, true);
  const central = new DataView(new ArrayBuffer(46));
  central.setUint32(0, 0x02014b50, true);
  central.setUint32(20, body.length, true);
  central.setUint32(24, body.length, true);
  central.setUint16(28, names.length, true);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(10, 1, true);
  end.setUint32(12, 46 + names.length, true);
  end.setUint32(16, 30 + names.length + body.length, true);
  return Uint8Array.from([local.buffer, names.buffer, body.buffer, central.buffer, names.buffer, end.buffer].flatMap((part) => [...new Uint8Array(part as ArrayBuffer)]));
}

/** The same as an archive of more than 4 GB says it: every number stands in the places for large ones. */
function large(name: string, text: string): Uint8Array {
  const [names, body] = [new TextEncoder().encode(name), new TextEncoder().encode(text)];
  const local = new DataView(new ArrayBuffer(30));
  local.setUint32(0, 0x04034b50, true);
  local.setUint16(26, names.length, true);
  const central = new DataView(new ArrayBuffer(46));
  central.setUint32(0, 0x02014b50, true);
  for (const at of [20, 24, 42]) central.setUint32(at, 0xffffffff, true);
  central.setUint16(28, names.length, true);
  central.setUint16(30, 4 + 5 + 4 + 24, true);
  // A field of something else comes first.
  const extra = new DataView(new ArrayBuffer(4 + 5 + 4 + 24));
  extra.setUint16(0, 0x5455, true);
  extra.setUint16(2, 5, true);
  extra.setUint16(9, 1, true);
  extra.setUint16(11, 24, true);
  extra.setBigUint64(13, BigInt(body.length), true);
  extra.setBigUint64(21, BigInt(body.length), true);
  const from = 30 + names.length + body.length;
  const length = 46 + names.length + extra.byteLength;
  const record = new DataView(new ArrayBuffer(56));
  record.setUint32(0, 0x06064b50, true);
  for (const [at, value] of [[32, 1], [40, length], [48, from]] as const) record.setBigUint64(at, BigInt(value), true);
  const place = new DataView(new ArrayBuffer(20));
  place.setUint32(0, 0x07064b50, true);
  place.setBigUint64(8, BigInt(from + length), true);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(10, 0xffff, true);
  end.setUint32(12, 0xffffffff, true);
  end.setUint32(16, 0xffffffff, true);
  const parts = [local.buffer, names.buffer, body.buffer, central.buffer, names.buffer, extra.buffer, record.buffer, place.buffer, end.buffer];
  return Uint8Array.from(parts.flatMap((part) => [...new Uint8Array(part as ArrayBuffer)]));
}

describe("archives", () => {
  it("of more than 4 GB tell it, too", async () => {
    const file = large("big.bin", "hello");
    const { entries, count } = await archiveEntries(sliceOf(file), file.length);
    expect([count, entries]).toEqual([1, [{ name: "big.bin", size: 5, packed: 5, at: 0, method: 0 }]]);
    expect(new TextDecoder().decode((await entryStart(sliceOf(file), entries[0]!, 9))!)).toBe("hello");
    new DataView(file.buffer).setBigUint64(file.length - 22 - 20 + 8, 1n << 40n, true);
    await expect(archiveEntries(sliceOf(file), file.length)).rejects.toThrow("outside");
  });
  it("tell what they hold", async () => {
    const file = zip("in/ö.txt", "hello");
    const { entries, count } = await archiveEntries(sliceOf(file), file.length);
    expect([count, entries.map(({ name, size }) => [name, size])]).toEqual([1, [["in/ö.txt", 5]]]);
    expect(new TextDecoder().decode((await entryStart(sliceOf(file), entries[0]!, 3))!)).toBe("hel");
  });
  it("that are broken are said to be", async () => {
    await expect(archiveEntries(sliceOf(new Uint8Array(100)), 100)).rejects.toThrow("no table of contents");
    const file = zip("a", "b");
    new DataView(file.buffer).setUint32(file.length - 6, 9999, true);
    await expect(archiveEntries(sliceOf(file), file.length)).rejects.toThrow("outside");
  });
});

describe("tensors", () => {
  it("are named by the head of their file", async () => {
    const head = new TextEncoder().encode(JSON.stringify({ __metadata__: { format: "pt" }, w: { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] } }));
    const file = new Uint8Array(8 + head.length + 24);
    new DataView(file.buffer).setBigUint64(0, BigInt(head.length), true);
    file.set(head, 8);
    expect(await tensorsOf(sliceOf(file), file.length)).toEqual({ about: { format: "pt" }, tensors: [{ name: "w", type: "F32", shape: [2, 3], bytes: 24 }] });
    await expect(tensorsOf(sliceOf(new Uint8Array(4)), 4)).rejects.toThrow(Unreadable);
    new DataView(file.buffer).setBigUint64(0, 3n, true);
    await expect(tensorsOf(sliceOf(file), file.length)).rejects.toThrow("no JSON");
  });
});
