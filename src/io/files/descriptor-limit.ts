/** How many descriptors this process may have open at once: files, sockets and the rest together. */
import { readFileSync } from 'node:fs';

/** What POSIX guarantees is less, but no system of today has it; for one without /proc. */
const usual = 1024;

/** Node has raised it at its start as far as it may. */
export function descriptorLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1'); // proc(5)
    const [, soft = ''] = /^Max open files +(\d+|unlimited)/m.exec(limits) ?? [];
    return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft) || usual;
  } catch {
    return usual; // not Linux
  }
}
