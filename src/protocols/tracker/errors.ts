/**
 * A request that the tracker refuses. `message` is what the client is told and shows to its user: a `failure reason`
 * (BEP 3) or the text of an error packet (BEP 15), so it is short. With `answer` `'drop'` it is told nothing: what came
 * proves nothing about its source, and might be meant to make us send something to a victim.
 */
import { ProtocolError } from '../../bytes/protocol-error.ts';

export type TrackerErrorCode =
  | 'bad-request'
  | 'unknown-torrent' // this tracker is for the files of its server
  | 'full' // no room for another peer or swarm
  | 'bad-connection-id'
  | 'garbage';

export class TrackerError extends ProtocolError<'failure'> {
  declare readonly code: TrackerErrorCode;

  constructor(code: TrackerErrorCode, message: string, answer: 'failure' | 'drop' = 'failure') {
    super(code, answer, message);
  }
}
