/**
 * `docs/spec-index.md`: which file stands on which section of which specification, and which test stands beside it. The
 * citations are those of the comments, such as `RFC 9112 7.1`, `BEP 15` and `BEP 3 "peer protocol"`.
 */
import { dirname, resolve } from 'node:path';
import { commentsOf, isProduct, link, type Source, table } from './sources.ts';
import { titles } from './spec-titles.ts';

/** A place of a specification that a comment names. */
interface Citation {
  /** E.g. `RFC 9112`. */
  readonly spec: string;
  /** E.g. `7.1` or `"peer protocol"`; empty where the whole of it is meant. */
  readonly section: string;
}

/** One line of the index. */
export interface Row extends Citation {
  readonly path: string;
  readonly tests: readonly string[];
}

/** Sections and numbers of further BEPs stand behind a comma or an "and". */
const citation =
  /\b(RFC|BEP|ISO\/IEC)s? (\d+)((?:(?:,| and|, and| to)? \d+(?:\.\d+)*[A-Z]?(?![\w%.]*\w)){0,8})(?:,? "([^"]+)")?/g;

/** What `comment` cites. Numbers behind those of a BEP are further BEPs, behind those of an RFC its sections. */
export function citationsIn(comment: string): Citation[] {
  return [...comment.matchAll(citation)].flatMap(([, kind = '', number = '', more = '', heading]) => {
    const numbers = [...more.matchAll(/(,| and|, and| to)? (\d[\d.]*[A-Z]?)/g)];
    const quoted = heading === undefined ? '' : `"${heading}"`;
    if (kind === 'BEP') {
      const others = numbers.map(([, , other]) => `BEP ${other}`).filter((spec) => titles[spec] !== undefined);
      return [`BEP ${number}`, ...others].map((spec, at) => ({ spec, section: at === others.length ? quoted : '' }));
    }
    // Behind a comma only what has a dot is a section, or a number of the sentence would be one.
    const sections = numbers.filter(([, joint, text = '']) => joint === undefined || text.includes('.'));
    const named = sections.map(([, , text = '']) => text);
    return (named.length === 0 ? [quoted] : named).map((section) => ({ spec: `${kind} ${number}`, section }));
  });
}

/** All lines of the index, in the order of the page. */
export function specRows(sources: readonly Source[]): Row[] {
  const tests = sources.filter(({ path }) => path.endsWith('.test.ts'));
  const rows = sources.filter(isProduct).flatMap((source) => {
    const cited = new Map(
      commentsOf(source)
        .flatMap(citationsIn)
        .map((found) => [`${found.spec} ${found.section}`, found]),
    );
    const beside = testsOf(source, tests);
    return [...cited.values()].map((found) => ({ ...found, path: source.path, tests: beside }));
  });
  return rows.sort((a, b) => bySpec(a.spec, b.spec) || bySection(a.section, b.section) || (a.path < b.path ? -1 : 1));
}

/** The page. */
export function specIndex(sources: readonly Source[]): string {
  const rows = specRows(sources);
  const specs = [...new Set(rows.map(({ spec }) => spec))];
  const chapters = specs.map((spec) => {
    const lines = rows.filter((row) => row.spec === spec);
    const cells = lines.map(({ section, path, tests }, at) => [
      section === lines[at - 1]?.section ? '' : section || 'as a whole',
      link(path, path.slice('src/'.length)),
      tests.map((test) => link(test, test.slice(test.lastIndexOf('/') + 1))).join(', '),
    ]);
    return `## ${spec}: ${titles[spec] ?? ''}\n\n${table(['section', 'file', 'tests'], cells)}`;
  });
  return `${[head, ...chapters].join('\n\n')}\n`;
}

const head = `# Which file stands on which section

Made by \`npm run docs\` from the comments in \`src/\`; do not edit it. A test is named where it has the file's name or lies in
its folder and imports it. What is stated on a section is in the file's comments: search there for its number.`;

/** The test with the file's name, else up to two of its folder that import it. */
function testsOf({ path }: Source, tests: readonly Source[]): string[] {
  const own = path.replace(/\.ts$/, '.test.ts');
  if (tests.some((test) => test.path === own)) return [own];
  const importsIt = (test: Source): boolean =>
    dirname(test.path) === dirname(path) &&
    [...test.code.matchAll(/from '(\.[^']+)'/g)].some(
      ([, from = '']) => resolve(dirname(test.path), from) === resolve(path),
    );
  return tests
    .filter(importsIt)
    .map((test) => test.path)
    .slice(0, 2);
}

/** RFCs first, then the others by name; each kind by number. */
function bySpec(a: string, b: string): number {
  const kind = (spec: string): string => (spec.startsWith('RFC') ? '' : spec.replace(/ \d+$/, ''));
  if (kind(a) !== kind(b)) return kind(a) < kind(b) ? -1 : 1;
  return Number(a.replace(/\D+/, '')) - Number(b.replace(/\D+/, ''));
}

function bySection(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
