/**
 * The configuration's keys: the values that each accepts, its default, its purpose. `Config` is derived from this
 * table, and so is `docs/config.schema.json`; a test compares the two. `config.ts` reads the file.
 */
import { peerIdForm, peerIdRule } from '../../bytes/ids.ts';
import { type LogLevel, logLevels } from '../../io/log.ts';
import { dropDelaySeconds } from '../../io/pieces/aside/asides.ts';
import { parseJson } from './json-text.ts';
import {
  choice,
  type Fault,
  flag,
  integer,
  type JsonSchema,
  listOf,
  nullable,
  object,
  powerOfTwo,
  type RuleValue,
  text,
} from './rules.ts';

const port = (fallback: number) => integer(0, 65535, fallback);
const path = (fallback?: string) => text('a path', /^[^\u0000]+$/, fallback);
/** A name as browsers put it into Host (RFC 3986 3.2.2 would allow more), or an address. */
const host = (fallback?: string) =>
  text(
    'a host name or IP address, without port',
    /^([A-Za-z0-9]([A-Za-z0-9._-]{0,252})|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$/,
    fallback,
  );
/** A window holds the pieces under way of one transfer; at least one is always under way, however small the window. */
const window = integer(1024, 1073741824, 4194304);

const peer = object({
  id: {
    rule: text(`a peer id, ${peerIdRule}`, peerIdForm),
    about: 'What the peer calls itself.',
  },
  ipc_path: { rule: path(), about: 'The folder with its two FIFOs; under one of ipc_roots.' },
});

const http = object({
  host: {
    rule: host('127.0.0.1'),
    about: 'The address to listen on. On anything but loopback, changes need the token of auth.',
  },
  port: { rule: port(8080), about: 'TCP port; 0 picks a free one.' },
  allowed_hosts: {
    rule: listOf(host(), []),
    about: 'Names, beside localhost and IP addresses, that requests may be sent to. Others are answered 421.',
  },
  public_url: {
    rule: nullable(text('an http or https URL without a path', /^https?:\/\/[A-Za-z0-9._[\]:-]+\/?$/)),
    about: 'Where others reach the server, for links, torrents and trackers; null for wherever a request came to.',
  },
  max_upload_bytes: {
    rule: nullable(integer(0, Number.MAX_SAFE_INTEGER)),
    about: 'The largest body that is taken; null for no limit but the disk.',
  },
});

const paths = object({
  temp: { rule: path('temp'), about: 'Uploads under way, and pieces that no peer has yet.' },
  metadata: { rule: path('metadata'), about: 'The catalog, kept across restarts.' },
  init_files: { rule: path('server_init_files'), about: 'Every file in this folder is shared at start.' },
  static: {
    rule: path('static'),
    about: 'Style sheet and scripts of the web pages; those of the program when absent.',
  },
});

const logging = object({
  level: { rule: choice<LogLevel>(logLevels, 'info'), about: 'The least important lines that are written.' },
  output: { rule: path('stdout'), about: 'stdout, or the path of a file that is appended to.' },
  format: { rule: choice(['text', 'json'], 'text'), about: 'One line of text, or one JSON object a line.' },
});

const concurrency = object({
  io_threads: { rule: integer(1, 1024, 4), about: 'Threads for disk work.' },
  download_window_bytes: { rule: window, about: 'How far one download reads ahead.' },
  upload_window_bytes: { rule: window, about: 'How much of one upload may be under way to the peers.' },
});

const config = object({
  $schema: { rule: path('./docs/config.schema.json'), about: 'For editors; the server does not read it.' },
  http: { rule: http, about: 'The HTTP server.' },
  udp: {
    rule: object({ port: { rule: port(8081), about: 'UDP port; 0 picks a free one.' } }),
    about: 'Registration of peers, and the UDP tracker.',
  },
  wire: {
    rule: object({ port: { rule: port(6881), about: 'TCP port; 0 picks a free one.' } }),
    about: 'The BitTorrent wire protocol.',
  },
  directory: {
    rule: object({ port: { rule: port(8082), about: 'TCP port; 0 picks a free one.' } }),
    about: 'The directory: who shares which files from their own machines.',
  },
  tracker: {
    rule: object({
      open: {
        rule: nullable(flag()),
        about: 'Whether torrents are tracked that are not listed here; null for yes when http.host is loopback.',
      },
    }),
    about: 'The BitTorrent tracker, over HTTP and UDP.',
  },
  paths: { rule: paths, about: 'Folders. Relative paths are relative to --root, else to the folder of this file.' },
  peers: { rule: listOf(peer, []), about: 'Peers that the server keeps trying to reach.' },
  ipc_roots: { rule: listOf(path(), ['peers']), about: 'Folders below which the FIFOs of peers may lie.' },
  piece_size: { rule: powerOfTwo(1024, 16777216, 262144), about: 'Bytes of a piece.' },
  replicas: { rule: integer(1, 16, 2), about: 'Copies of each piece, on different peers.' },
  drop_delay: {
    rule: integer(0, dropDelaySeconds.max, dropDelaySeconds.usual),
    about:
      'Seconds for which what was removed is put aside, in temp/ and on the peers of --peers; 0 removes it at once.',
  },
  scrub_days: {
    rule: integer(0, 365, 7),
    about: 'Days in which every copy is verified once, in the background; 0 for never.',
  },
  repair_delay: {
    rule: integer(0, 86400, 30),
    about: 'Seconds that a peer may be away before its pieces are copied from others to others.',
  },
  repair_rate: {
    rule: integer(65536, Number.MAX_SAFE_INTEGER, 67108864),
    about: 'Bytes per second that are copied in the background, by repair and rebalancing; uploads are not held up.',
  },
  logging: { rule: logging, about: 'What is logged, where to and how.' },
  concurrency: { rule: concurrency, about: 'How much is done at once.' },
  auth: {
    rule: object({
      token_file: {
        rule: nullable(path()),
        about: 'The file with the token that changes need when http.host is not loopback.',
      },
    }),
    about: 'Who may change anything.',
  },
});

/** The file's own shape, with every default filled in. */
export type Config = RuleValue<typeof config>;

/**
 * Parses the configuration's text. Throws a JsonSyntaxError; every other fault is appended to `faults`.
 */
export function parseConfig(source: string, faults: Fault[]): Config | undefined {
  const value = config.read(parseJson(source), '', faults);
  if (value !== undefined && faults.length === 0) faults.push(...contradictions(value));
  return faults.length === 0 ? value : undefined;
}

/** The JSON Schema in `docs/config.schema.json`. */
export function configSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'config.json of Rivulet',
    ...config.schema,
  };
}

/** Faults of values that are valid by themselves but not together. */
function contradictions({ http, wire, directory, peers }: Config): Fault[] {
  const ports = [
    { pointer: '/http/port', value: http.port },
    { pointer: '/wire/port', value: wire.port },
    { pointer: '/directory/port', value: directory.port },
  ];
  const ids = peers.map(({ id }, index) => ({ pointer: `/peers/${index}/id`, value: id }));
  // Port 0 stands for any free one.
  return [...repetitions(ports.filter(({ value }) => value !== 0)), ...repetitions(ids)];
}

/** A fault for every value that an earlier key has already. */
function repetitions(values: readonly { readonly pointer: string; readonly value: string | number }[]): Fault[] {
  return values.flatMap(({ pointer, value }, index) => {
    const first = values.findIndex((other) => other.value === value);
    if (first === index) return [];
    return [
      { pointer, expected: `another value than that of ${values[first]?.pointer}`, found: JSON.stringify(value) },
    ];
  });
}
