/**
 * A request that our tracker refuses, or a response or URL of another tracker that our client cannot use.
 *
 * The `message` of a refused request goes to the client, which shows it to its user, as a `failure reason` (BEP 3,
 * "trackers") or the text of an error packet (BEP 15), so it is short. With `answer` `'drop'` the other side is told
 * nothing: the source of the bytes may be forged, to make us send something to a victim, or we are the client.
 */
import { ProtocolError } from '../../bytes/protocol-error.ts';

export type TrackerErrorCode =
  | 'bad-request'
  | 'unknown-torrent' // this tracker is for the files of its server
  | 'full' // no room for another peer or swarm
  | 'bad-connection-id'
  | 'garbage'
  | 'bad-answer' // what another tracker said
  | 'bad-url'; // no tracker that we could speak to

export class TrackerError extends ProtocolError<'failure'> {
  declare readonly code: TrackerErrorCode;

  constructor(code: TrackerErrorCode, message: string, answer: 'failure' | 'drop' = 'failure') {
    super(code, answer, message);
  }
}
