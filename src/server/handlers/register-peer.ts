/**
 * Registration by HTTP, for storage peers that do not send a UDP datagram (`udp/registration.ts`).
 *
 *     curl -d 'peer-id=p1&ipc-path=peers/p1' http://localhost:8080/register_peer
 */

import { resolve } from 'node:path';
import { type PeerId, parsePeerId, peerIdRule } from '../../bytes/ids.ts';
import type { Handler } from '../../http/handler.ts';
import { json, wantsPage } from '../../http/responses.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import { RegistrationError } from '../../storage/fifo/peer-registry.ts';
import type { DomainContext } from '../context/context.ts';
import { readFields } from '../requests/read-fields.ts';
import { withStorageErrors } from '../requests/storage-errors.ts';
import { type PeersContext, peersView } from '../views/build-views.ts';

type Context = PeersContext & Pick<DomainContext, 'root'>;

/** The status for each reason of a refusal (RFC 9110 15.5.10, 15.5.1, 15.6.4). */
const statusOf = { taken: 409, 'bad-path': 400, nobody: 503 } as const;

/** Makes the handler of `POST /register_peer`. */
export function createRegisterHandler(context: Context): Handler {
  return async (request) => {
    const fields = await readFields(request, '"peer-id" and "ipc-path"');
    const id = parsePeerId(fields.get('peer-id') ?? '');
    if (id === undefined) {
      throw new HttpError(400, 'bad-peer-id', `"peer-id" must be ${peerIdRule}; it is ${quote(fields.get('peer-id'))}`);
    }
    const path = fields.get('ipc-path') ?? '';
    if (path === '' || path.includes('\0')) {
      throw new HttpError(400, 'bad-ipc-path', `"ipc-path" must be a folder; it is ${quote(fields.get('ipc-path'))}`);
    }
    await withStorageErrors('the peer may not be remembered', () => register(context, id, path));
    if (wantsPage(request)) {
      return { status: 303, headers: [['Location', '/peers']], body: null };
    }
    return json(
      200,
      peersView(context, Date.now()).peers.find((peer) => peer.id === id),
    );
  };
}

/**
 * Registers the peer. A fault of the peer or its folder is no failure of our storage, whatever the system called it.
 */
async function register({ registry, root }: Context, id: PeerId, path: string): Promise<void> {
  try {
    await registry.register(id, resolve(root, path));
  } catch (error) {
    if (!(error instanceof RegistrationError)) throw error;
    const headers = error.code === 'nobody' ? ([['Retry-After', '1']] as const) : [];
    throw new HttpError(statusOf[error.code], error.code, error.message, { cause: error, headers });
  }
}

function quote(value: string | undefined): string {
  return value === undefined ? 'missing' : `"${value}"`;
}
