/**
 * Finds, reads and resolves `config.json`: the I/O around `config/shape.ts`. A configuration with a fault is not used
 * at all: every fault is told at once, and the program exits with 78 (EX_CONFIG of sysexits.h).
 *
 *     config.json: 2 faults
 *       /http/port: expected a whole number from 0 to 65535, found "80"
 *       /pice_size: expected only the keys $schema, http, ..., found the key "pice_size"; did you mean "piece_size"?
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JsonSyntaxError } from './json-text.ts';
import type { Fault } from './rules.ts';
import { type Config, parseConfig } from './shape.ts';

export type { Config };

/** A configuration that cannot be used; `message` lists every reason, one a line. */
export class ConfigError extends Error {
  readonly faults: readonly Fault[];
  constructor(message: string, faults: readonly Fault[] = [], options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** A configuration, and its origin. */
export interface LoadedConfig {
  /** The configuration, with every path absolute. */
  readonly config: Config;
  /** The file that was read; null when there is none and everything has its default. */
  readonly file: string | null;
  /** The folder that relative paths were relative to. */
  readonly root: string;
}

/** The style sheet and scripts that come with the program, beside `src` and `dist`. */
const ownStaticFolder = fileURLToPath(new URL('../../../static', import.meta.url));

/**
 * Reads the configuration: `file` when given, else the `config.json` of `root`, else that of the current folder, else
 * all defaults. Throws a ConfigError.
 */
export function loadConfig(options: {
  readonly file?: string | undefined;
  readonly root?: string | undefined;
}): LoadedConfig {
  const file = options.file === undefined ? findConfig(options.root) : resolve(options.file);
  const root = resolve(options.root ?? (file === null ? '.' : dirname(file)));
  const config = file === null ? readConfig('{}', 'defaults') : readConfig(readText(file), file);
  return { config: resolvePaths(config, root), file, root };
}

function findConfig(root: string | undefined): string | null {
  const candidates = [...(root === undefined ? [] : [root]), '.'].map((folder) => resolve(folder, 'config.json'));
  return candidates.find((candidate) => existsSync(candidate)) ?? null;
}

function readText(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const reason = error instanceof TypeError ? 'it is not valid UTF-8' : (error as Error).message;
    throw new ConfigError(`${file}: cannot be read: ${reason}`, [], { cause: error });
  }
}

function readConfig(source: string, name: string): Config {
  const faults: Fault[] = [];
  try {
    const config = parseConfig(source, faults);
    if (config !== undefined) return config;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new ConfigError(`${name}:${error.line}:${error.column}: ${error.message}`, [], { cause: error });
  }
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
  throw new ConfigError([`${name}: ${count}`, ...faults.map((fault) => `  ${formatFault(fault)}`)].join('\n'), faults);
}

function formatFault({ pointer, expected, found, hint }: Fault): string {
  // The pointer to the whole document is the empty string (RFC 6901 5), which nobody would see.
  const place = pointer === '' ? 'the whole file' : pointer;
  return `${place}: expected ${expected}, found ${found}${hint === undefined ? '' : `; ${hint}`}`;
}

function resolvePaths(config: Config, root: string): Config {
  const { paths, logging, auth } = config;
  const staticFolder = resolve(root, paths.static);
  return {
    ...config,
    paths: {
      temp: resolve(root, paths.temp),
      metadata: resolve(root, paths.metadata),
      init_files: resolve(root, paths.init_files),
      // A root of the user's own has no web pages in it: those of the program are served.
      static: existsSync(staticFolder) ? staticFolder : ownStaticFolder,
    },
    peers: config.peers.map((peer) => ({ ...peer, ipc_path: resolve(root, peer.ipc_path) })),
    ipc_roots: config.ipc_roots.map((folder) => resolve(root, folder)),
    logging: { ...logging, output: logging.output === 'stdout' ? 'stdout' : resolve(root, logging.output) },
    auth: { token_file: auth.token_file === null ? null : resolve(root, auth.token_file) },
  };
}
