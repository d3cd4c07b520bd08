/** The number of descriptors that this process may have open at once: files, sockets and the rest together. */
import { readFileSync } from 'node:fs';

/** The limit on a system without /proc. POSIX guarantees less, but no system of today has so few. */
const usual = 1024;

/** The limit of this process, which Node has raised at its start as far as it may. */
export function descriptorLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1'); // proc(5)
    const [, soft = ''] = /^Max open files +(\d+|unlimited)/m.exec(limits) ?? [];
    return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft) || usual;
  } catch {
    return usual; // not Linux
  }
}
