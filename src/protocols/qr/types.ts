/**
 * A QR Code symbol, and its largest size. Sections named in this folder are those of ISO/IEC 18004:2015.
 *
 *     encodeQr('http://192.168.1.5:8080/file?id=...')     ->     37 by 37 modules, each dark or light
 *
 * Byte mode alone: a URL has lower-case letters, which the denser alphanumeric mode cannot say (7.3.4). Level M: some
 * 15 % of the codewords may be misread (7.5.1), enough for a screen that reflects. L would make a URL's symbol smaller
 * by four modules or none; Q and H are for labels that get torn.
 */

export interface QrCode {
  /** The number of modules along each side, without the quiet zone: 21, 25, and so on to 177 (6.3.2). */
  readonly size: number;
  /** Whether a module is dark; both numbers from 0, from the upper left corner. Outside of the symbol all is light. */
  isDark(row: number, column: number): boolean;
}

export const qrLimits = {
  versionMax: 40, // 6.3.2: there are no larger ones; a URL of ours needs 4 or 5
};

/** The width of the light margin around every drawing of a symbol, in modules (6.3.8). */
export const quietZoneModules = 4;
