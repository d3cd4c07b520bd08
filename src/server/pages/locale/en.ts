/**
 * The texts of the pages in English. The other languages have the same keys (`Messages`). The arguments of a key's
 * function are HTML, or text that the page escapes.
 */
import { type Html, html } from '../html.ts';
import { counted } from './counted.ts';

/** The title of an error, and what the reader can do. */
export interface ErrorMessage {
  readonly title: string;
  readonly explanation: string;
}

const files = counted('en', { one: 'file', other: 'files' });
const pieces = counted('en', { one: 'piece', other: 'pieces' });
const peers = counted('en', { one: 'peer', other: 'peers' });
const morePeers = counted('en', { one: 'more peer', other: 'more peers' });
const transfers = counted('en', { one: 'transfer is', other: 'transfers are' });
const people = counted('en', { one: 'person', other: 'people' });

export const en = {
  units: ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'],
  second: 's',
  bytes: counted('en', { one: 'byte', other: 'bytes' }),

  layout: {
    skip: 'Skip to the content',
    navigation: 'Main',
    live: 'Live',
    reconnecting: 'The server does not answer. Trying again…',
  },
  pager: { label: 'Pages', first: 'First page', next: 'Next page' },
  states: {
    available: 'available',
    partial: 'partial',
    unavailable: 'unavailable',
    online: 'online',
    offline: 'offline',
  },
  kinds: { fifo: 'storage peer', wire: 'BitTorrent', temp: 'this server' },
  ofTotal: (some: string, all: string): string => `${some} of ${all}`,

  files: {
    title: 'Files',
    none: 'Nothing is shared yet.',
    newestFirst: (count: number): string => `${files(count)}, the newest first.`,
    found: (count: number, text: Html): Html => html`${files(count)} with <q>${text}</q> in the name.`,
    showAll: 'Show all',
    findByName: 'Find by name',
    search: 'Search',
    name: 'Name',
    size: 'Size',
    state: 'State',
    pieces: 'Pieces',
    copies: 'Copies',
    seeds: 'Seeds',
    added: 'Added (UTC)',
  },
  upload: {
    title: 'Share files',
    choose: 'Choose files',
    drop: 'or drop them anywhere on this page',
    submit: 'Upload',
    list: 'Uploads',
    progress: 'Progress',
    cancel: 'Cancel',
    retry: 'Try again',
    remove: 'Remove from this list',
    waiting: 'waiting',
    sending: 'sending',
    spreading: 'sent; the server is spreading the pieces',
    done: 'shared',
    known: 'was there already',
    cancelled: 'cancelled',
    lost: 'The connection to the server was lost.',
    unreadable: 'This file cannot be read any more.',
    folder: 'A folder cannot be uploaded: drop the files in it.',
    failed: 'not uploaded',
  },
  torrent: { title: 'Add a torrent', choose: 'A .torrent file', submit: 'Add' },

  file: {
    download: 'Download',
    torrent: 'Torrent file',
    torrentV2: 'Torrent file (v2)',
    magnet: 'Magnet link',
    link: 'Link to this page',
    copyLink: 'Copy link',
    copied: 'Copied',
    qr: 'QR code',
    qrAlt: 'QR code of the link to this page',
    qrLocal: 'This link works on this computer only. Open the page by the computer’s address in your network first.',
    incomplete: 'Some pieces are on no peer that is online: it cannot be downloaded whole just now.',
    play: 'Play',
    playing: (name: string): string => `Playing ${name}`,
    cannotPlay: 'Your browser cannot play this format. Download it instead.',
    state: 'State',
    size: 'Size',
    id: 'Id (info-hash)',
    notKnown: 'not known yet',
    pieces: 'Pieces',
    piecesOnline: (available: string, all: string, size: Html): Html =>
      html`${available} of ${all} online, ${size} each`,
    copies: 'Copies',
    ofTheRarest: (copies: string): string => `${copies} of the rarest piece`,
    seeds: 'Seeds',
    added: 'Added (UTC)',
    facts: 'About this file',
    filesInIt: 'Files in it',
    path: 'Path',
    check: 'Check your download',
    checkHow: (ok: Html): Html => html`In a shell, this prints ${ok} when every byte is right:`,
    sameName: 'Other files of this name',
    remove: 'Delete',
    removeHow: 'The file goes from the list, and its pieces from all peers.',
    removeNow: 'Delete for good',
  },
  unreadable: (count: number): string => `${count} unreadable`,
  map: {
    title: 'Who holds which piece',
    empty: 'An empty file has no pieces.',
    nobody: 'Nobody who is known has any of it.',
    caption: (count: number, aCell: string | undefined): string =>
      aCell === undefined
        ? `${pieces(count)}; each column is one.`
        : `${pieces(count)}; each column stands for ${aCell} of them.`,
    holder: 'Peer',
    kind: 'Kind',
    state: 'State',
    count: 'Pieces',
    map: 'Map',
    everybody: 'All together',
    copiesOf: (first: string, last: string, copies: string): string =>
      first === last ? `piece ${first}: ${copies}` : `pieces ${first} to ${last}: ${copies}`,
    copies: counted('en', { one: 'copy', other: 'copies' }),
    legend: 'Copies online',
    threeOrMore: '3 or more',
    all: 'all',
    noneOf: 'none',
    andMore: (count: number): string => `and ${pieces(count)} more`,
    moreHolders: (count: number): string => `and ${morePeers(count)}`,
  },
  transfers: {
    title: 'Transfers',
    none: 'Nothing is under way.',
    count: (count: number): string => `${transfers(count)} under way.`,
    what: 'What',
    name: 'Name',
    peer: 'With',
    done: 'Done',
    speed: 'Speed',
    since: 'Since (UTC)',
    kinds: { upload: 'upload', download: 'download', seed: 'seeding', copy: 'copying' },
  },
  peers: {
    title: 'Peers',
    none: 'No peer is registered. Pieces are kept by the server itself until one is.',
    count: (count: number): string => `${peers(count)}.`,
    peer: 'Peer',
    kind: 'Kind',
    state: 'State',
    files: 'Files',
    pieces: 'Pieces',
    stored: 'Stored',
    corrupt: 'Corrupt',
    lastSeen: 'Last seen (UTC)',
    verified: 'Verified (UTC)',
    ipcPath: 'IPC path',
    never: 'never',
    notYet: 'not yet',
    forget: 'Forget',
    forgetHow: 'For a peer that is gone for good: what it has counts no more, and it is waited for no more.',
    forgetNow: 'Forget this peer',
    register: 'Register a peer',
    registerHow: (command: Html): Html =>
      html`Start one with ${command}; it registers itself. A peer of another kind can be registered here.`,
    id: 'Peer id',
    idRule: 'Letters, digits, dots, dashes and underscores.',
    ipcPathRule: 'The folder with the two FIFOs, requests and replies.',
    submit: 'Register',
  },
  directory: {
    title: 'Directory',
    about: (command: Html): Html =>
      html`Files that people share straight from their own machines. They do not go through this server: it only says who has what. Take part with ${command}, or by telnet.`,
    none: 'Nobody is here.',
    count: (users: number, shared: number): string => `${people(users)}, ${files(shared)}.`,
    user: 'User',
    address: 'Address',
    files: 'Files',
    paths: 'Paths',
  },
  error: { allFiles: 'All files', detail: 'What the server says' },
  /** Messages by status; none in English, in which each error has a sentence of its own. */
  errors: {} as Readonly<Record<number, ErrorMessage>>,
};

export type Messages = typeof en;
