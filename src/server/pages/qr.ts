/**
 * Drawings of QR codes: an SVG image for screens and paper, half-block characters for terminals. Both include the quiet
 * zone, without which readers do not find a symbol.
 */
import { type QrCode, quietZoneModules } from '../../protocols/qr/types.ts';
import { html } from './html.ts';

/** The side of a module in pixels: 4 are enough for a phone nearby, 8 for one across a table. */
const modulePixels = 8;

/** An SVG document, dark on white in dark mode too; browsers show `title`, and screen readers read it. */
export function renderQrSvg(code: QrCode, title: string): string {
  const modules = code.size + 2 * quietZoneModules;
  const pixels = modules * modulePixels;
  return `${html`<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${pixels}" height="${pixels}"
  viewBox="0 0 ${modules} ${modules}" shape-rendering="crispEdges">
<title>${title}</title>
<rect width="100%" height="100%" fill="#fff"/>
<path fill="#000" d="${darkRuns(code)}"/>
</svg>`}\n`;
}

/** The path of the dark modules: a rectangle for each run in a row. */
function darkRuns(code: QrCode): string {
  let path = '';
  for (let row = 0; row < code.size; row += 1) {
    for (let start = 0; start < code.size; start += 1) {
      if (!code.isDark(row, start)) continue;
      let end = start + 1;
      while (code.isDark(row, end)) end += 1;
      path += `M${start + quietZoneModules} ${row + quietZoneModules}h${end - start}v1h${start - end}z`;
      start = end;
    }
  }
  return path;
}

/**
 * Lines for a terminal with light characters on a dark background, as most have: characters stand where modules are
 * light. On a light background the symbol is inverted, which most readers accept (6.2 allows it). Colours that are
 * right everywhere would need escape sequences, which do no good in a file or a pipe.
 */
export function renderQrText(code: QrCode): string {
  const end = code.size + quietZoneModules;
  let text = '';
  // Two rows a line. The number of rows is odd: the lower half of the last line is outside of the quiet zone.
  for (let row = -quietZoneModules; row < end; row += 2) {
    for (let column = -quietZoneModules; column < end; column += 1) {
      const upper = !code.isDark(row, column);
      const lower = row + 1 < end && !code.isDark(row + 1, column);
      text += halfBlocks[`${Number(upper)}${Number(lower)}` as keyof typeof halfBlocks];
    }
    text += '\n';
  }
  return text;
}

/** The character for each pair of an upper and a lower module, `1` for light. */
const halfBlocks = { '00': ' ', '01': '▄', '10': '▀', '11': '█' };
