/** A CommandIo that records the output. */
import { PassThrough, Writable } from 'node:stream';
import type { CommandIo } from './command.ts';

export interface RecordingIo extends CommandIo {
  readonly written: { stdout: string; stderr: string };
}

export function recordingIo(terminal: { readonly isTTY?: boolean; readonly columns?: number } = {}): RecordingIo {
  const written = { stdout: '', stderr: '' };
  const recorder = (name: 'stdout' | 'stderr') =>
    new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        written[name] += text;
        done();
      },
    });
  const stderr = Object.assign(recorder('stderr'), terminal);
  return { stdin: new PassThrough().end(), stdout: recorder('stdout'), stderr, env: {}, written };
}
