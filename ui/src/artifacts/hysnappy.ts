/**
 * Stands in for the package of this name, which hyparquet-compressors loads: it compiles WebAssembly when it is
 * imported, which the page's Content-Security-Policy forbids. The reader has Snappy of its own.
 */
export function snappyUncompress(): never {
  throw new Error("Snappy is read by hyparquet itself.");
}

export function snappyUncompressor(): typeof snappyUncompress {
  return snappyUncompress;
}
