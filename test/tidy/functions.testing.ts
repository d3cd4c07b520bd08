/**
 * The functions of a source, and how long they are: function, method or arrow, from the line where it begins to the one
 * where it ends. Nothing is parsed: the sources are formatted, so what belongs to a line is indented deeper than it.
 */

export interface FunctionLines {
  /** The first line, trimmed. */
  readonly head: string;
  /** Counted from 1. */
  readonly line: number;
  /** The number of lines. */
  readonly length: number;
}

/** Statements with a block, which look like calls and methods. */
const statement = /^(\} )?(if|else|for|while|switch|catch|do|try|return|throw|await|case|class|interface|type)\b/;
const comment = /^(\/\/|\/\*|\*(\s|\/|$))/;
const closer = /^[)\]}]/;
const opener = /([({[]|=>)$/;

/** Those of more than one line. */
export function functionsOf(text: string): FunctionLines[] {
  const lines = text.split('\n');
  return lines.flatMap((line, first) => {
    const head = line.trim();
    if (comment.test(head) || !opener.test(head)) return [];
    const { last, joints } = extentOf(lines, first);
    return isFunction(head, joints) ? [{ head, line: first + 1, length: last - first + 1 }] : [];
  });
}

/** Up to where what begins in line `first` reaches, and the lines that close one bracket and open another. */
function extentOf(lines: readonly string[], first: number): { readonly last: number; readonly joints: string[] } {
  const indent = indentOf(lines[first] ?? '');
  const joints: string[] = [];
  let last = first;
  for (let at = first + 1; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const text = line.trim();
    if (text === '') continue;
    if (indentOf(line) < indent) break;
    if (indentOf(line) === indent) {
      if (!closer.test(text)) break;
      last = at;
      if (!opener.test(text) || text.startsWith('} ')) break;
      joints.push(text);
    }
    last = at;
  }
  return { last, joints };
}

function isFunction(head: string, joints: readonly string[]): boolean {
  if (head.includes('=>')) return true;
  if (/\bfunction\b/.test(head)) return true;
  if (joints.some((joint) => joint.includes('=>'))) return true;
  if (statement.test(head)) return false;
  // A method, whose parameters are on one line, or on several.
  const beginsMethod = /^((static|async|get|set|override|private|protected|public) )*\*?[#\w$[\].]+(<.*>)?\(/.test(
    head,
  );
  return beginsMethod && (head.endsWith('{') ? /\).* \{$/.test(head) : joints.some((joint) => /^\).*\{$/.test(joint)));
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
