/**
 * The sessions in the documentation, typed as they stand there. In a block marked `console`, lines after `$` are run by the
 * shell, one after the other in one folder; the lines after them are what must come back, `…` standing for anything.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run, serverRoot, startServer } from './programs.testing.ts';

const docs = fileURLToPath(new URL('../docs', import.meta.url));

interface Step {
  readonly command: string;
  readonly expected: string;
}

function sessionOf(markdown: string): Step[] {
  const blocks = [...markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  return blocks
    .flatMap((block) => block.split(/^\$ /m).slice(1))
    .map((step) => {
      const end = step.indexOf('\n');
      return { command: step.slice(0, end), expected: step.slice(end + 1) };
    });
}

/** The expected text as an expression: literal but for `…`. */
function pattern(expected: string): RegExp {
  const literal = expected.trimEnd().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('…', '[\\s\\S]*?')}$`);
}

const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, steps: sessionOf(readFileSync(join(docs, name), 'utf8')) }))
  .filter(({ steps }) => steps.length > 0);

test('there are sessions in the documentation', () => {
  assert.ok(pages.some(({ name }) => name === 'protocols/http.md'));
});

for (const { name, steps } of pages) {
  test(`the session of docs/${name}`, async (t) => {
    const server = await startServer(t, serverRoot(t));
    const here = (text: string): string =>
      text
        .replaceAll('http://localhost:8080', server.url)
        .replaceAll('localhost:8080', new URL(server.url).host)
        .replaceAll('127.0.0.1 8081', `127.0.0.1 ${server.udpPort}`)
        .replaceAll('scripts/', `${fileURLToPath(new URL('../scripts', import.meta.url))}/`);
    for (const { command, expected } of steps) {
      const { stdout, stderr } = await run('/bin/sh', ['-c', here(command)], server.root);
      const text = stdout.toString().replaceAll('\r\n', '\n').trimEnd();
      assert.match(text, pattern(here(expected)), `$ ${command}\n${stderr}`);
    }
  });
}
