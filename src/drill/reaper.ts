/** The one reaper of this process, for all that drills start: also when the drill itself is killed nothing is left. */
import { Reaper } from '../io/reaper.ts';

let reaper: Reaper | undefined;

/** The reaper, which is started when it is first asked for. */
export function drillReaper(): Reaper {
  reaper ??= new Reaper();
  return reaper;
}
