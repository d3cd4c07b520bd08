/**
 * `docs/errors.md`: every error code that a user, a program or the log can meet. The codes are those of the unions that
 * the error classes name, and of the calls `new SomeError(...)`; what to do about each is in `error-texts.ts`.
 */
import { type ClassTexts, classTexts, indirectCodes } from './error-texts.ts';
import { callArguments, isProduct, type Source, stringsOf, table } from './sources.ts';

/** A class of errors with codes. */
export interface ErrorClass {
  readonly name: string;
  readonly path: string;
  readonly codes: readonly ErrorCode[];
}

export interface ErrorCode {
  readonly code: string;
  /** What the other side gets: HTTP statuses, or `drop`. Of HttpError alone. */
  readonly answers: readonly string[];
  /** The comment behind the code in its union; empty where there is none. */
  readonly comment: string;
}

/** A call that makes an HttpError whose code does not stand in the call. */
export interface IndirectCall {
  readonly path: string;
  /** Status and code as they are written. */
  readonly written: string;
}

const declaration = /^(?:export )?class (\w+Error) extends (ProtocolError|CodedError)<(.*)> \{/gm;

/** All classes with codes, by path. `drill/` only uses those of others. */
export function errorClasses(sources: readonly Source[]): ErrorClass[] {
  const product = sources.filter((source) => isProduct(source) && !source.path.startsWith('src/drill/'));
  return product.flatMap((source) =>
    [...source.code.matchAll(declaration)].map(([head, name = '', , generic = ''], at) => {
      const begin = source.code.indexOf(head);
      const body = source.code.slice(begin, endOfClass(source.code, begin));
      const declared = /declare readonly code: (.*);/.exec(body)?.[1] ?? (generic === '' || at < 0 ? '' : generic);
      const codes = [...codesOfType(declared, product), ...codesOfCalls(name, product)];
      return { name, path: source.path, codes: merged(codes) };
    }),
  );
}

/** The calls whose codes `indirectCodes` must tell. */
export function indirectCalls(sources: readonly Source[]): IndirectCall[] {
  return sources.filter(isProduct).flatMap((source) =>
    callsOf('HttpError', source)
      .filter((call) => stringsOf(call[1] ?? '').length === 0)
      .map((call) => ({ path: source.path, written: call.slice(0, 2).join(', ') })),
  );
}

/** What is lacking for a complete page: one sentence for each gap. */
export function missingTexts(sources: readonly Source[], texts: Readonly<Record<string, ClassTexts>>): string[] {
  const classes = errorClasses(sources);
  const known = new Set(classes.map(({ name }) => name));
  return [
    ...classes.flatMap(({ name, codes }) =>
      codes
        .filter(({ code, comment }) => {
          const known = texts[name]?.codes[code];
          return known === undefined || (known.means === undefined && comment === '');
        })
        .map(({ code }) => `${name} '${code}' has no text in error-texts.ts`),
    ),
    ...Object.entries(texts).flatMap(([name, { codes }]) => {
      if (!known.has(name)) return [`there is no class ${name} any more`];
      const used = new Set(classes.find((found) => found.name === name)?.codes.map(({ code }) => code));
      return Object.keys(codes)
        .filter((code) => !used.has(code))
        .map((code) => `${name} '${code}' is not used any more`);
    }),
    ...indirectCalls(sources)
      .filter(({ written }) => indirectCodes[written] === undefined)
      .map(({ path, written }) => `${path}: nothing says which codes \`new HttpError(${written}, …)\` may have`),
  ];
}

/** The page. */
export function errorsPage(sources: readonly Source[]): string {
  const classes = errorClasses(sources);
  const chapters = Object.entries(classTexts).map(([name, { title, where, codes: texts }]) => {
    const codes = classes.find((found) => found.name === name)?.codes ?? [];
    const isHttp = name === 'HttpError';
    const rows = codes.map(({ code, answers, comment }) => {
      const means = texts[code]?.means ?? asSentence(comment);
      return [`\`${code}\``, ...(isHttp ? [answers.join(', ')] : []), means, texts[code]?.advice ?? ''];
    });
    const head = ['code', ...(isHttp ? ['status'] : []), 'what it means', 'what to do'];
    return `## ${title}\n\n${where}\n\n${table(head, rows)}`;
  });
  return `${[head, ...chapters].join('\n\n')}\n`;
}

const head = `# Error codes

Made by \`npm run docs\` from the code and \`test/docs/generator/error-texts.ts\`; do not edit it. Codes are stable: programs may rely
on them. The text that comes with a code is for people, and may change.`;

/** A comment behind a code, which begins with a small letter, as a sentence. */
function asSentence(comment: string): string {
  const end = /[.:;]$/.test(comment) ? '' : '.';
  return `${comment.slice(0, 1).toUpperCase()}${comment.slice(1)}${end}`;
}

function callsOf(name: string, { code }: Source): string[][] {
  return [...code.matchAll(new RegExp(`\\bnew ${name}\\(`, 'g'))].map(({ index, 0: call }) =>
    callArguments(code, index + call.length - 1),
  );
}

/** Codes that stand in the calls that make errors of the class, and those that they take from elsewhere. */
function codesOfCalls(name: string, sources: readonly Source[]): ErrorCode[] {
  const calls = sources.flatMap((source) => callsOf(name, source));
  if (name !== 'HttpError') {
    return calls
      .flatMap(([first = '', , ...rest]) => [
        ...stringsOf(first),
        ...rest.flatMap((argument) => [...argument.matchAll(/\bcode: '([\w-]+)'/g)].map(([, code = '']) => code)),
      ])
      .filter((code) => code !== 'drop')
      .map((code) => ({ code, answers: [], comment: '' }));
  }
  return calls.flatMap(([status = '', code = '']) => {
    const answers = [...status.matchAll(/\b[45]\d\d\b|'drop'/g)].map(([answer]) => answer.replaceAll("'", ''));
    const direct = stringsOf(code);
    const codes = direct.length > 0 ? direct : (indirectCodes[`${status}, ${code}`] ?? []);
    // Where a status and a code are chosen by one condition they belong together.
    return codes.map((each, at) => ({
      code: each,
      answers: codes.length === answers.length ? [answers[at] as string] : answers,
      comment: '',
    }));
  });
}

/** The codes that a type names: in itself, or as an alias of a union or of an array's elements. */
function codesOfType(type: string, sources: readonly Source[]): ErrorCode[] {
  const own = stringsOf(type).map((code) => ({ code, answers: [], comment: '' }));
  const aliases = [...type.matchAll(/\b[A-Z]\w*Code\b/g)].map(([alias]) => alias);
  return [...own, ...aliases.flatMap((alias) => codesOfAlias(alias, sources))];
}

function codesOfAlias(alias: string, sources: readonly Source[]): ErrorCode[] {
  for (const { text } of sources) {
    const definition = statement(text, `export type ${alias} =`);
    if (definition === undefined) continue;
    const array = /\(typeof (\w+)\)\[number\]/.exec(definition)?.[1];
    return codesWithComments(array === undefined ? definition : (statement(text, `export const ${array} = [`) ?? ''));
  }
  return [];
}

/** The lines of the statement that begins with `beginning`, with the comment behind its semicolon. */
function statement(text: string, beginning: string): string | undefined {
  const lines = text.split('\n');
  const begin = lines.findIndex((line) => line.startsWith(beginning));
  const length = lines.slice(begin).findIndex((line) => /;\s*$/.test(line.replace(/\/\/ .*/, '')));
  return begin < 0 ? undefined : lines.slice(begin, begin + length + 1).join('\n');
}

/** The codes in a union or a list, of which each may have a comment behind it. */
function codesWithComments(text: string): ErrorCode[] {
  return text.split('\n').flatMap((line) => {
    const [, before = '', comment = ''] = /^(.*?)(?:\/\/ (.*))?$/.exec(line) ?? [];
    return stringsOf(before).map((code) => ({ code, answers: [], comment }));
  });
}

function endOfClass(code: string, begin: number): number {
  const end = code.indexOf('}\n', begin);
  const ofBlock = code.indexOf('\n}', begin);
  return code.slice(begin, end).includes('\n') ? ofBlock : end;
}

/** Each code once, with all its answers, by name. */
function merged(codes: readonly ErrorCode[]): ErrorCode[] {
  const names = [...new Set(codes.map(({ code }) => code))].sort();
  return names.map((code) => {
    const same = codes.filter((each) => each.code === code);
    const answers = [...new Set(same.flatMap((each) => each.answers))].sort();
    return { code, answers, comment: same.find(({ comment }) => comment !== '')?.comment ?? '' };
  });
}
