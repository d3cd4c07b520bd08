import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeQr } from '../../protocols/qr/write.ts';
import { type Picture, readQr, searching } from '../../protocols/qr/zxing.testing.ts';
import { renderQrSvg, renderQrText } from './qr.ts';

const url = 'http://192.168.1.5:8080/file?id=cccccccccccccccccccccccccccccccccccccccc';
const code = encodeQr(url);
const modules = code.size + 8;

/** The picture that the path in `svg` paints, a pixel for each module. */
function paintedBy(svg: string): Picture {
  const dark = new Set<string>();
  const path = / d="([^"]*)"/.exec(svg)?.[1] ?? '';
  for (const [, x, y, width, back] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-(\d+)z/g)) {
    assert.equal(width, back);
    for (let at = 0; at < Number(width); at += 1) dark.add(`${y} ${Number(x) + at}`);
  }
  return { width: modules, height: modules, isDark: (row, column) => dark.has(`${row} ${column}`) };
}

/** The picture of `text` on a terminal, in light characters on black, a pixel for each half of a character. */
function shownIn(text: string): Picture {
  const lines = text.trimEnd().split('\n');
  const isDark = (row: number, column: number): boolean => {
    const character = lines[row >> 1]?.[column] ?? ' ';
    return !(row % 2 === 0 ? '▀█' : '▄█').includes(character);
  };
  return { width: modules, height: lines.length * 2, isDark };
}

function enlarged({ width, height, isDark }: Picture): Picture {
  const scaled = (row: number, column: number) => isDark(Math.floor(row / 4), Math.floor(column / 4));
  return { width: width * 4, height: height * 4, isDark: scaled };
}

function assertShows(picture: Picture): void {
  for (let row = 0; row < modules; row += 1) {
    for (let column = 0; column < modules; column += 1) {
      assert.equal(picture.isDark(row, column), code.isDark(row - 4, column - 4), `row ${row}, column ${column}`);
    }
  }
}

test('the SVG shows the symbol in its quiet zone', async () => {
  const picture = paintedBy(renderQrSvg(code, url));
  assertShows(picture);
  assert.equal((await readQr(enlarged(picture), searching))?.text, url);
});

test('the SVG is black on white, large enough, sharp, and has a title that cannot break out of it', () => {
  const svg = renderQrSvg(code, '<script>&"');
  assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]*shape-rendering="crispEdges">\n<title>/);
  assert.ok(svg.includes(`width="${modules * 8}" height="${modules * 8}"`));
  assert.ok(svg.includes(`viewBox="0 0 ${modules} ${modules}"`));
  assert.ok(svg.includes('<title>&lt;script&gt;&amp;&quot;</title>'));
  assert.match(svg, /<rect width="100%" height="100%" fill="#fff"\/>\n<path fill="#000" d="M4 4h7v1h-7z/);
});

test('a dark terminal shows the symbol in its quiet zone', async () => {
  const picture = shownIn(renderQrText(code));
  assertShows(picture);
  assert.equal((await readQr(enlarged(picture), searching))?.text, url);
});

test('the text is as wide as the symbol in every line, and half as high', () => {
  const text = renderQrText(code);
  assert.match(text, /^[ ▀▄█\n]+\n$/);
  const lines = text.slice(0, -1).split('\n');
  assert.equal(lines.length, (modules + 1) / 2);
  assert.deepEqual([...new Set(lines.map((line) => line.length))], [modules]);
  assert.equal(lines[0], '█'.repeat(modules));
  assert.equal(lines.at(-1), '▀'.repeat(modules), 'nothing is drawn below the quiet zone');
});
