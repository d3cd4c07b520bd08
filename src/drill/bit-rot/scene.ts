/** The server, the peers and the files of K3, and what is asked of all the files at once. */
import { inParallel } from '../../async/in-parallel.ts';
import { type Content, upload } from '../client.ts';
import type { DrillContext } from '../drill.ts';
import type { PeerProgram, Processes, ServerProgram } from '../processes.ts';
import { below, type Random } from '../random.ts';
import { type Damage, RottenFile } from './rotten-file.ts';

export interface Scene {
  readonly server: ServerProgram;
  readonly peers: readonly PeerProgram[];
  readonly files: readonly RottenFile[];
}

/** A number of files of a number of pieces each, and the damage to be done to them. */
interface Kind extends Damage {
  readonly files: number;
  readonly pieces: number;
}

/** 1,000 copies go bad in the full drill, 100 in the test; a hopeless piece loses two. */
const scales: Readonly<Record<DrillContext['scale'], readonly Kind[]>> = {
  full: [
    { files: 20, pieces: 40, curable: 39, hopeless: 0 },
    { files: 5, pieces: 40, curable: 24, hopeless: 10 },
  ],
  test: [
    { files: 4, pieces: 20, curable: 19, hopeless: 0 },
    { files: 1, pieces: 20, curable: 14, hopeless: 5 },
  ],
};

/** The size of a piece: small, so that many pieces are few bytes. */
const pieceLength = 16_384;
const replicas = 2;
const peerIds = ['p1', 'p2', 'p3'];
const filesAtOnce = 4;

/** Opens the scene: everything uploaded, nothing damaged yet. */
export async function openScene({ random, scale }: DrillContext, processes: Processes): Promise<Scene> {
  const server = await processes.startServer({ piece_size: pieceLength, replicas, scrub_days: 0 });
  const peers = await Promise.all(peerIds.map((id) => processes.startPeer(server, id)));
  const files: RottenFile[] = [];
  for (const kind of scales[scale]) {
    for (let count = 0; count < kind.files; count += 1) files.push(await uploadOne({ server, peers }, kind, random));
  }
  return { server, peers, files };
}

/** The faults of all files. */
export async function ofAll(scene: Scene, look: (file: RottenFile) => Promise<string[]>): Promise<string[]> {
  const faults: string[] = [];
  await inParallel(scene.files, filesAtOnce, async (file) => void faults.push(...(await look(file))));
  return faults;
}

async function uploadOne({ server, peers }: Omit<Scene, 'files'>, { pieces, ...damage }: Kind, random: Random) {
  const seed = random().toString(36).slice(2);
  const content: Content = { name: `${seed}.bin`, seed, length: pieces * pieceLength - below(random, pieceLength) };
  const outcome = await upload(server.url, [content], 'raw');
  const id = outcome.kind === 'done' ? outcome.value[0]?.id : undefined;
  if (id === undefined) throw new Error(`${content.name} was not taken: ${JSON.stringify(outcome)}`);
  return new RottenFile(content, { id, pieceLength, replicas, damage, peers });
}
