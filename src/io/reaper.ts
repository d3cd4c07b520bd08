/**
 * The end of all processes that this one has started, when it is gone, whatever the reason: a shell of its own session
 * waits for the end of its stdin, then kills what it was told of and removes a folder. A process that is tied
 * (`untilParentGone`) does as much for itself; one that is frozen, or is no program of ours, cannot.
 *
 *     const reaper = new Reaper();
 *     reaper.watch(spawn('curl', …));
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

/** The fields of /proc/PID/stat behind the name, counted from one, up to the time of the start (proc(5): field 22). */
const startField = 20;

/** Kills only what is still the process that it was: another may have got its number. */
const script = `
folder=
while read -r verb what; do
  case $verb in
    process) set -- "$@" "$what" ;;
    folder) folder=$what ;;
  esac
done
for one; do
  pid=\${one%:*}
  { read -r stat < "/proc/$pid/stat"; } 2>/dev/null || continue
  [ "$(printf '%s' "\${stat##*') '}" | cut -d' ' -f${startField})" = "\${one#*:}" ] && kill -9 "$pid"
done
[ -n "$folder" ] || exit 0
for try in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$folder" 2>/dev/null && exit 0; sleep 0.2; done
`;

/** Outlives this process for a moment, to end what it has left. */
export class Reaper {
  readonly #shell: ChildProcess;

  constructor() {
    this.#shell = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    // Without it nothing is worse than before.
    this.#shell.on('error', () => {});
    this.#shell.stdin?.on('error', () => {});
    // Nobody waits for it.
    this.#shell.unref();
    (this.#shell.stdin as Socket | null)?.unref();
  }

  /** Has the process killed at the end, if it still runs then. */
  watch({ pid }: ChildProcess): void {
    const start = pid === undefined ? undefined : startOf(pid);
    if (start !== undefined) this.#tell(`process ${pid}:${start}`);
  }

  /** Has the folder removed at the end, when the processes are gone; one folder at most. */
  removes(folder: string): void {
    this.#tell(`folder ${folder}`);
  }

  #tell(line: string): void {
    this.#shell.stdin?.write(`${line}\n`);
  }
}

/** The time at which a process started, in ticks of the clock since boot; undefined when it is gone. */
function startOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[startField - 1];
  } catch {
    return undefined; // it has ended already, or there is no /proc
  }
}
