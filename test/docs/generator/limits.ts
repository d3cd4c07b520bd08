/**
 * `docs/limits.md`: every limit and timeout of the product, by room. Two forms are found: tables whose name ends in
 * `Limits`, `Timeouts`, `Times`, `Delays` or `Bounds`, and constants at the top of a file whose name ends in a unit or
 * in `Max`. The reason is the comment at the entry, or the one of the field of the table's type.
 */
import { isProduct, link, plainComment, type Source, table } from './sources.ts';

/** One limit. */
export interface Limit {
  /** `table.entry`, or the constant. */
  readonly name: string;
  /** As a person says it, such as `64 KiB`. */
  readonly value: string;
  /** Empty where the code gives none. */
  readonly reason: string;
  readonly path: string;
}

const tableHead = /^(?:export )?const (\w+(?:Limits|Timeouts|Times|Delays|Bounds))(?:: (\w+))? = \{(.*)$/;
const constant =
  /^(?:export )?const (\w+(?:Max|Ms|Bytes|BytesMax|MsMax|PerSecond|Seconds))(?:: number)? = (.*?);(?: \/\/ (.*))?$/;

/** The limits of one file, in its order. */
export function limitsOf({ path, text }: Source): Limit[] {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    const head = tableHead.exec(line);
    if (head !== null) {
      const [, name = '', type, rest = ''] = head;
      const body = rest.trim() === '' ? block(lines, at + 1) : rest.replace(/\}.*$/, '').split(/(?<=,)/);
      const reasons = type === undefined ? new Map() : reasonsOfType(lines, type);
      return entries(body)
        .filter(({ expression }) => !expression.startsWith('['))
        .map((entry) => ({
          name: `${name}.${entry.name}`,
          value: shown(entry.name, entry.expression, lines),
          reason: entry.reason || (reasons.get(entry.name) ?? ''),
          path,
        }));
    }
    const found = constant.exec(line);
    if (found === null) return [];
    const [, name = '', expression = '', trailing] = found;
    if (!isNumeric(expression)) return [];
    const reason = trailing ?? commentAbove(lines, at);
    // Without a reason, a number of bytes or milliseconds is a unit or the size of a field.
    if (reason === '' && !/M(?:ax|in)$/.test(name)) return [];
    return [{ name, value: shown(name, expression, lines), reason, path }];
  });
}

/** The page. `drill/` is left out: its numbers are those of experiments. */
export function limitsPage(sources: readonly Source[]): string {
  const limits = sources
    .filter((source) => isProduct(source) && !source.path.startsWith('src/drill/'))
    .flatMap(limitsOf);
  const rooms = [...new Set(limits.map(({ path }) => roomOf(path)))].sort();
  const chapters = rooms.map((room) => {
    const rows = limits
      .filter(({ path }) => roomOf(path) === room)
      .map(({ name, value, reason, path }) => [
        `\`${name}\``,
        value,
        reason,
        link(path, path.slice(path.lastIndexOf('/') + 1)),
      ]);
    return `## ${room}\n\n${table(['limit', 'value', 'reason', 'file'], rows)}`;
  });
  return `${[head, ...chapters].join('\n\n')}\n`;
}

const head = `# Limits

Made by \`npm run docs\` from the code; do not edit it. Everything that comes from outside, waits or grows has a limit. Those that an
administrator may set are in [config.schema.json](config.schema.json); all others are constants, listed here with their
reasons as the code gives them. A name that ends in \`Ms\` is a time, one in \`Bytes\` a size.`;

/** `src/storage/fifo/x.ts` is of `storage/fifo`; what lies deeper belongs to its second folder. */
function roomOf(path: string): string {
  return path.split('/').slice(1, -1).slice(0, 2).join('/');
}

/** The lines from `begin` to the one that ends the block. */
function block(lines: readonly string[], begin: number): string[] {
  const rest = lines.slice(begin);
  return rest.slice(
    0,
    rest.findIndex((line) => line.startsWith('}')),
  );
}

interface Entry {
  readonly name: string;
  readonly expression: string;
  readonly reason: string;
}

/** The entries of an object, or the fields of an interface. A comment before an entry, or behind it, is its reason. */
function entries(body: readonly string[]): Entry[] {
  let above = '';
  const found: Entry[] = [];
  for (const line of body) {
    const entry = /^\s*(?:readonly )?(\w+)\??: (.*?)[,;]?\s*(?:\/\/ (.*))?$/.exec(line);
    if (entry === null || /^\s*(\/\*|\*|\/\/)/.test(line)) {
      above = line.trim() === '' ? '' : /^\s*\/\*/.test(line) ? line : `${above}\n${line}`;
      continue;
    }
    const [, name = '', expression = '', trailing] = entry;
    const own = above.trimStart().startsWith('/*') ? plainComment(above) : '';
    found.push({ name, expression, reason: [own, trailing].filter(Boolean).join(' ') });
    above = '';
  }
  return found;
}

/** The comments of an interface's fields. */
function reasonsOfType(lines: readonly string[], type: string): Map<string, string> {
  const at = lines.findIndex((line) => new RegExp(`^(export )?interface ${type}\\b`).test(line));
  return new Map(at < 0 ? [] : entries(block(lines, at + 1)).map(({ name, reason }) => [name, reason]));
}

/** The comment that ends right above line `at`. */
function commentAbove(lines: readonly string[], at: number): string {
  let begin = at;
  while (begin > 0 && /^\s*(\/\*|\*|\/\/)/.test(lines[begin - 1] as string)) {
    begin -= 1;
    if (/^\s*\/\*/.test(lines[begin] as string)) break;
  }
  return plainComment(lines.slice(begin, at).join('\n'));
}

function isNumeric(expression: string): boolean {
  return /^[\w\s.*+/()-]+$/.test(expression) && /\d|Max|Ms|Bytes/.test(expression) && !/^Buffer|^new /.test(expression);
}

/** The value of an entry, with its unit. What other files define is shown by its name. */
function shown(name: string, expression: string, lines: readonly string[]): string {
  const value = evaluate(expression.replace(/ as const$/, ''), lines);
  if (value === undefined) return `\`${expression}\``;
  if (value === Number.POSITIVE_INFINITY) return 'none';
  if (/Ms(Max|Min)?$|Ms$/.test(name) && !/PerMs/.test(name)) return asTime(value);
  if (/[bB]ytes/.test(name) && !/PerSecond/.test(name)) return asSize(value);
  return asNumber(value);
}

/** The number that `expression` is, with the constants of its file; undefined when it takes more than that. */
export function evaluate(expression: string, lines: readonly string[], depth = 0): number | undefined {
  if (expression === 'Number.POSITIVE_INFINITY') return Number.POSITIVE_INFINITY;
  let known = depth < 4;
  const resolved = expression.replace(/[A-Za-z]\w*(?:\.\w+)*/g, (word, at: number) => {
    if (/^[\da-fA-Fx_]+$/.test(word) && /\d/.test(expression[at - 1] ?? '')) return word;
    const line = lines.find((text) => new RegExp(`^(export )?const ${word}(: number)? = `).test(text));
    const value = line && evaluate(line.replace(/^.*? = /, '').replace(/;.*$/, ''), lines, depth + 1);
    if (value === undefined) known = false;
    return String(value);
  });
  const digits = resolved.replaceAll('_', '');
  if (!known || !/^(0x[\da-f]+|[\d\s.*+/()e-]+)$/.test(digits) || !/\d/.test(digits)) return undefined;
  // Digits and operators only, of our own code.
  return Number(new Function(`return ${digits}`)());
}

function asTime(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const;
  for (const [unit, size] of units) if (ms >= size && ms % (size / 2) === 0) return `${ms / size} ${unit}`;
  return `${ms} ms`;
}

function asSize(bytes: number): string {
  for (const [unit, size] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (bytes >= size && bytes % size === 0) return `${bytes / size} ${unit}`;
  }
  return `${asNumber(bytes)} bytes`;
}

function asNumber(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-US') : String(value);
}
