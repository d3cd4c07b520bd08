/**
 * Registration by datagram (docs/protocols/register.md): a storage peer says where its FIFOs are, and is told what was
 * found there.
 *
 *     REGISTER peer-id=p1 ipc-path=/srv/p1        peer to server
 *     OK peer-id=p1 files=3 pieces=120            server to peer
 */
import { resolve } from 'node:path';
import { errorText } from '../../bytes/coded-error.ts';
import { isLoopbackHost } from '../../bytes/ip.ts';
import { RegisterError } from '../../protocols/register/errors.ts';
import { isRegister, parseRegister } from '../../protocols/register/read.ts';
import type { RegisterErrorCode } from '../../protocols/register/types.ts';
import { encodeRegisterReply } from '../../protocols/register/write.ts';
import { RegistrationError } from '../../storage/fifo/peer-registry.ts';
import type { DomainContext } from '../context/context.ts';

const errorCodeOf: Readonly<Record<RegistrationError['code'], RegisterErrorCode>> = {
  taken: 'taken',
  'bad-path': 'bad-path',
  nobody: 'gone',
};

export type RegistrationContext = Pick<DomainContext, 'registry' | 'root' | 'log'>;

/**
 * Replies to a datagram; undefined for one that is no registration or comes from another machine, whose FIFOs could not
 * be here. Registering twice is no error, so a datagram whose reply was lost may simply be sent again.
 */
export async function answerRegistration(
  context: RegistrationContext,
  datagram: Buffer,
  address: string,
): Promise<Uint8Array | undefined> {
  if (!isRegister(datagram) || !isLoopbackHost(address)) return undefined;
  const fail = (code: RegisterErrorCode, message: string) => encodeRegisterReply({ verb: 'ERR', code, message });
  try {
    const { peerId, ipcPath } = parseRegister(datagram);
    const found = await context.registry.register(peerId, resolve(context.root, ipcPath));
    return encodeRegisterReply({ verb: 'OK', peerId, ...found });
  } catch (error) {
    context.log.warn('udp', `registration refused: ${errorText(error)}`);
    if (error instanceof RegistrationError) return fail(errorCodeOf[error.code], error.message);
    if (error instanceof RegisterError && error.answer !== 'drop') return fail(error.answer, error.message);
    return undefined;
  }
}
