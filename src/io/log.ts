/** The log's interface: levels, a topic, fields. Its destination is the business of `openLog` (config `logging`). */

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];
/** The subject of a line, so that one can grep for it. */
export type LogTopic =
  | 'http'
  | 'ipc'
  | 'udp'
  | 'wire'
  | 'directory'
  | 'split'
  | 'assemble'
  | 'swarm'
  | 'server'
  | 'peer';
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  debug(topic: LogTopic, message: string, fields?: LogFields): void;
  info(topic: LogTopic, message: string, fields?: LogFields): void;
  warn(topic: LogTopic, message: string, fields?: LogFields): void;
  /** Logs an error; `cause` is logged with its stack. */
  error(topic: LogTopic, message: string, fields?: LogFields, cause?: unknown): void;
  /** Whether lines of this level are written at all: for callers that would have to work to build one. */
  enabled(level: LogLevel): boolean;
}

/** A log that writes nothing: for tests and for parts used outside the server. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, enabled: () => false };
