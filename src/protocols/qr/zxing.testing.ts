/** A reader of QR codes by others: zxing-cpp, as WebAssembly, loaded from its package's own files. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, type ReaderOptions, readBarcodes } from 'zxing-wasm/reader';

const wasmBinary = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
// Without `wasmBinary` it would ask a server on the Internet for it.
prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasmBinary).buffer } });

export interface ReadSymbol {
  readonly text: string;
  readonly version: number;
  /** The mask, 0 to 7. */
  readonly mask: number;
  /** The error correction level, L, M, Q or H. */
  readonly level: string;
}

/** A picture for a reader: black where it is dark. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  isDark(row: number, column: number): boolean;
}

/** The picture of a symbol with its quiet zone, two pixels for each module. */
export function pictureOf(symbol: { readonly size: number; isDark(row: number, column: number): boolean }): Picture {
  const side = 2 * (symbol.size + 8);
  const isDark = (row: number, column: number) => symbol.isDark((row >> 1) - 4, (column >> 1) - 4);
  return { width: side, height: side, isDark };
}

/** Reads without a search: for a symbol that stands upright in the middle of its picture. */
const upright: ReaderOptions = {
  formats: ['QRCode'],
  isPure: true,
  tryHarder: false,
  tryRotate: false,
  tryInvert: false,
  tryDownscale: false,
};

/** Finds a symbol in a picture as a camera takes it, if its modules have some pixels. */
export const searching: ReaderOptions = { formats: ['QRCode'] };

/** The content of the symbol in `picture`; undefined when none can be read. */
export async function readQr(
  { width, height, isDark }: Picture,
  options: ReaderOptions = upright,
): Promise<ReadSymbol | undefined> {
  const pixels = new Uint32Array(width * height);
  for (let at = 0; at < pixels.length; at += 1) {
    pixels[at] = isDark(Math.floor(at / width), at % width) ? 0xff000000 : 0xffffffff;
  }
  const data = new Uint8ClampedArray(pixels.buffer);
  const [symbol] = await readBarcodes({ data, width, height, colorSpace: 'srgb' }, options);
  if (symbol === undefined) return undefined;
  const { Version, DataMask, ECLevel } = JSON.parse(symbol.extra) as Record<string, string | number>;
  return { text: symbol.text, version: Number(Version), mask: Number(DataMask), level: String(ECLevel) };
}
