/** Traces the datagrams of the UDP port: registrations, and those of the tracker (`--trace=register,tracker`). */
import { formatEndpoint } from '../../bytes/endpoint.ts';
import { ipBytes } from '../../bytes/ip.ts';
import { observerOf, type Traces } from '../../bytes/trace.ts';
import type { DatagramHandler } from '../../io/net/datagram.ts';
import { isRegister } from '../../protocols/register/read.ts';
import { observeRegister, observeRegisterReply } from '../../protocols/register/trace.ts';
import { observeRequest, observeResponse } from '../../protocols/tracker/udp/trace.ts';

/** Makes `answer` show what it is asked and what it answers; the very same function where nothing is traced. */
export function tracedAnswer(traces: Traces, answer: DatagramHandler): DatagramHandler {
  if (traces.register === undefined && traces.tracker === undefined) return answer;
  return async (datagram, address, port) => {
    const register = isRegister(datagram);
    const trace = register ? traces.register : traces.tracker;
    const remote = formatEndpoint({ address, port });
    const [asking, answering] = [observerOf(trace, remote, '>'), observerOf(trace, remote, '<')];
    if (asking !== undefined) (register ? observeRegister : observeRequest)(datagram, asking);
    const reply = await answer(datagram, address, port);
    if (reply === undefined || answering === undefined) return reply;
    const bytes = Buffer.from(reply.buffer, reply.byteOffset, reply.length);
    if (register) observeRegisterReply(bytes, answering);
    else observeResponse(bytes, ipBytes(address).length === 4 ? 'ipv4' : 'ipv6', answering);
    return reply;
  };
}
