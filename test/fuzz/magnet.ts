/**
 * Magnet links put together at random from good and bad parts, some with characters changed afterwards. Whatever comes,
 * it is refused with a MetainfoError, or what was read of it can be used: and the link that we make of it says the same.
 */
import assert from 'node:assert/strict';
import { parseTorrentId } from '../../src/bytes/ids.ts';
import { parseIp } from '../../src/bytes/ip.ts';
import { MetainfoError } from '../../src/protocols/metainfo/errors.ts';
import { parseMagnet } from '../../src/protocols/metainfo/magnet.ts';
import type { Magnet } from '../../src/protocols/metainfo/types.ts';
import { magnetLink } from '../../src/protocols/metainfo/write.ts';
import { Random } from './random.ts';

/** How many rounds are worth a minute or two. */
export const roundsByDefault = 1_000_000;

export interface Outcomes {
  taken: number;
  refused: number;
}

/** Throws at the first round whose outcome is not as it should be; the message repeats it. */
export function fuzz(seed: number, rounds: number, parse = parseMagnet): Outcomes {
  const random = new Random(seed);
  const outcomes = { taken: 0, refused: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const link = makeLink(random);
    try {
      outcomes[checkRound(link, parse)] += 1;
    } catch (cause) {
      throw new Error(`seed ${seed}, round ${round}: ${JSON.stringify(link)}`, { cause });
    }
  }
  return outcomes;
}

function checkRound(link: string, parse: typeof parseMagnet): keyof Outcomes {
  let magnet: Magnet;
  try {
    magnet = parse(link);
  } catch (error) {
    if (error instanceof MetainfoError) return 'refused';
    throw error;
  }
  const { infoHash, name, length, trackers, webSeeds, peers } = magnet;
  assert.equal(parseTorrentId(infoHash), infoHash);
  for (const { address, port } of peers)
    assert.ok(parseIp(address) !== undefined && Number.isInteger(port) && port > 0 && port < 65_536);
  const again = parse(magnetLink({ v1: infoHash }, { name: name ?? '', length: length ?? 0 }, { trackers, webSeeds }));
  assert.deepEqual(again, { ...magnet, length: length ?? 0, peers: [] });
  return 'taken';
}

const hash = '22596363b3de40b06f981fb85d82312e8c0ed511';
const keys = ['xt', 'xt', 'xt.1', 'dn', 'xl', 'tr', 'tr.2', 'ws', 'x.pe', 'so', 'kt', ''];
const values = [
  ...[`urn:btih:${hash}`, `urn:btih:${hash.toUpperCase()}`, 'urn:btih:EJMWGY5T3ZALA34YD64F3ARRF2GA5VIR'],
  ...[`urn:btih:${'0'.repeat(40)}`, `urn:btmh:1220${'ab'.repeat(32)}`, 'urn:sha1:ABC', 'urn%3Abtih%3A'],
  ...['127.0.0.1:6881', '[::1]:1', 'host:80', 'http://t/announce', 'udp%3A%2F%2Ft%3A1', ' %0a', '11', '-1', '1e3'],
  ...['a+b', '%', '%ff', '%c3%a4', 'ж', '\ud83d', '\u202e', '..%2f', '', '=', '%00'],
];
const characters = ['%', '&', '=', '+', '0', 'f', ':', '\0', '\udc00', 'é', '?'];

function makeLink(random: Random): string {
  const parameters = Array.from({ length: random.below(6) }, () => `${random.pick(keys)}=${random.pick(values)}`);
  const topic = random.once(2) ? [`xt=${random.pick(values.slice(0, 3))}`] : [];
  const link = `magnet:?${[...topic, ...parameters].join('&')}`;
  return random.once(3) ? damage(link, random) : link;
}

function damage(link: string, random: Random): string {
  const at = random.below(link.length);
  return link.slice(0, at) + random.pick(characters) + link.slice(at + random.below(3));
}
