/**
 * The texts of `--help`, made from the declarations of commands.
 *
 *     Usage: rivulet put [flags] FILE...
 */
import { commonFlags } from './arguments.ts';
import type { Command, Flag } from './command.ts';

/** The help of one command. */
export function commandHelp({ name, summary, operands, flags, example }: Command): string {
  const rows = Object.entries({ ...flags, ...commonFlags }).map(([flag, value]) => flagRow(flag, value));
  const usage = ['Usage: rivulet', name, '[flags]', operands.usage].filter((word) => word !== '').join(' ');
  return `${usage}\n\n${capitalize(summary)}.\n\n${table(rows)}\nExample:\n  ${example}\n`;
}

/** The help of `rivulet`: all commands. */
export function overview(commands: readonly Pick<Command, 'name' | 'summary'>[]): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return `Usage: rivulet COMMAND [flags]

${table(rows)}
"rivulet COMMAND --help" tells more. Exit codes: 0 ok, 1 failure, 2 wrong usage, 69 unavailable, 78 bad configuration.
`;
}

function flagRow(name: string, flag: Flag): readonly [string, string] {
  const short = flag.short === undefined ? '' : `-${flag.short}, `;
  return [`${short}--${name}${valueHint(flag)}`, `${flag.summary}${remark(flag)}`];
}

function valueHint(flag: Flag): string {
  if (flag.kind === 'switch') return '';
  return flag.kind === 'names' ? '[=NAMES]' : ` ${flag.placeholder}`;
}

function remark(flag: Flag): string {
  if (flag.kind === 'list') return ' (may be repeated)';
  if (flag.kind === 'switch' || flag.kind === 'names' || flag.default === undefined) return '';
  return ` (default: ${flag.default})`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('');
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
