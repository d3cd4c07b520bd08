/** The storage peers that this repository has, each run through the same suite. */
import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { peerConformance } from './conformance.testing.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

peerConformance(
  'the shell peer',
  (directory) => spawn(pathOf('scripts/shell-peer'), [directory], { stdio: 'ignore' }),
  {
    answersAtOnce: false,
  },
);

/** Nobody listens there: the peer goes on trying to register, and serves whoever opens its FIFOs. */
const noServer = 'http://127.0.0.1:9';

peerConformance(
  'rivulet peer',
  (directory) => {
    const command = ['peer', basename(directory), '--dir', directory, '--server', noServer];
    return spawn(process.execPath, [pathOf('src/main.js'), ...command], { stdio: 'ignore' });
  },
  { answersAtOnce: true },
);
