/**
 * The rule of an API that acts with its user's own rights: who is the same user (or root, who may do it anyway) needs
 * nothing, everybody else needs the token. Loopback is no boundary between users.
 */
import { ipBytes, isLoopbackIp } from '../bytes/ip.ts';
import type { SocketEnds } from '../bytes/socket-table.ts';
import { socketOwner } from '../io/net/socket-owner.ts';
import { HttpError } from '../protocols/http/errors.ts';
import type { HttpRequest } from './handler.ts';
import { hasToken, tokenChallenges } from './policy.ts';

/** The settings of the rule. */
export interface SameUserRule {
  readonly token: string;
  /** The file that holds the token: named to whoever is refused, who can read it or not. */
  readonly tokenFile: string;
  /** The owner of the other end; by default as Linux tells. */
  readonly ownerOf?: (ends: SocketEnds) => Promise<number | undefined>;
  /** Our own uid; null on a system without. */
  readonly uid?: number | null;
}

/** Makes the check, which rejects with HttpError 401. A connection is looked up once, for all its requests. */
export function sameUserCheck(rule: SameUserRule): (request: HttpRequest) => Promise<void> {
  const { token, tokenFile, ownerOf = socketOwner, uid = process.geteuid?.() ?? null } = rule;
  const known = new WeakMap<SocketEnds, Promise<boolean>>();
  const lookUp = async (ends: SocketEnds): Promise<boolean> => {
    if (uid === null || !isLoopbackIp(ipBytes(ends.remote.address))) return false;
    const owner = await ownerOf(ends);
    return owner === uid || owner === 0;
  };
  return async ({ ends, headers }) => {
    if (hasToken(headers.get('authorization'), token)) return;
    const same = known.get(ends) ?? lookUp(ends);
    known.set(ends, same);
    if (await same) return;
    const message =
      'this is for the user who runs this program, and that it is you cannot be seen from the connection: send the ' +
      `token in ${tokenFile} as "Authorization: Bearer"`;
    throw new HttpError(401, 'token-needed', message, { headers: tokenChallenges });
  };
}
