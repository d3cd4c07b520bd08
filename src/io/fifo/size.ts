/**
 * Makes FIFOs hold more than the usual 64 KiB, so that the two processes at their ends wake each other an eighth as
 * often: verified downloads went from 0.7 to 0.95 GB/s (`bench/download.ts`). Linux alone can do it (fcntl(2),
 * F_SETPIPE_SZ), and Node has no call for it; perl does, and nearly every machine has one. Where there is none, FIFOs
 * are as they are.
 */
import { spawn } from 'node:child_process';

/**
 * The size of a FIFO: two pieces of the usual size. More gains nothing, and a user may only have 64 MiB of pipes in all
 * (pipe(7)).
 */
const fifoBytes = 512 * 1024;

/** The perl program; 1031 is F_SETPIPE_SZ of linux/fcntl.h; the descriptors are handed down from 3 on. */
const program = 'for my $fd (3 .. 2 + shift) { open(my $fifo, "<&=", $fd); fcntl($fifo, 1031, 0 + $ARGV[0]) }';

/** Enlarges FIFOs; settles when that is done or found to be impossible. Nobody needs to wait, and nothing is told. */
export function enlargeFifos(...descriptors: readonly number[]): Promise<void> {
  if (process.platform !== 'linux') return Promise.resolve();
  return new Promise((resolve) => {
    const args = ['-e', program, String(descriptors.length), String(fifoBytes)];
    try {
      const child = spawn('perl', args, { stdio: ['ignore', 'ignore', 'ignore', ...descriptors] });
      child.once('error', () => resolve());
      child.once('exit', () => resolve());
    } catch {
      resolve(); // EBADF: the peer is gone already, and the descriptor with it; or no memory for a process
    }
  });
}
