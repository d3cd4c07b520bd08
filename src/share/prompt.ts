/**
 * The line editor: asks for a line, keeps a history, completes, and prints messages above the line that is being typed.
 * It knows no command. The editing itself is `node:readline`'s.
 */
import { createInterface, type Interface } from 'node:readline';
import type { CommandIo } from '../cli/command.ts';
import type { Completion } from './completion.ts';

/** The settings and collaborators of a prompt. */
export interface PromptOptions {
  readonly io: CommandIo;
  readonly prompt: string;
  readonly complete: (line: string) => Promise<Completion>;
  /** Earlier lines, the latest first. */
  readonly history: readonly string[];
  /** Called for Ctrl-C while no line is asked for. */
  readonly onInterrupt: () => void;
  /** Ends the lines. */
  readonly signal: AbortSignal;
}

/** Lines in the history: more than a person looks through. */
export const historyLinesMax = 1000;

/** A prompt on a terminal. */
export class Prompt {
  readonly #io: CommandIo;
  readonly #editor: Interface;
  readonly #lines: string[] = [];
  #history: readonly string[];
  /** Whether a line is being typed. */
  #asking = false;
  #closed = false;
  #wake: () => void = () => {};

  constructor({ io, prompt, complete, history, onInterrupt, signal }: PromptOptions) {
    this.#io = io;
    this.#history = history;
    this.#editor = createInterface({
      input: io.stdin,
      output: io.stdout,
      terminal: true,
      prompt,
      history: [...history],
      historySize: historyLinesMax,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: null, result: [string[], string]) => void) => {
        // A source that fails offers nothing; the command itself will say why.
        const nothing: Completion = { candidates: [], typed: '' };
        complete(line)
          .catch(() => nothing)
          .then(({ candidates, typed }) => done(null, [[...candidates], typed]));
      },
    });
    this.#editor.on('line', (line) => this.#onLine(line));
    this.#editor.on('history', (lines: string[]) => {
      this.#history = [...lines];
    });
    this.#editor.on('SIGINT', () => (this.#asking ? this.#clear() : onInterrupt()));
    this.#editor.on('close', () => this.#onClose());
    signal.addEventListener('abort', () => this.#editor.close());
  }

  /** All lines so far, the latest first. */
  get history(): readonly string[] {
    return this.#history;
  }

  /** The lines: each is asked for when the one before has been dealt with. */
  async *lines(): AsyncGenerator<string> {
    for (;;) {
      const [line] = this.#lines.splice(0, 1);
      if (line !== undefined) yield line;
      else if (this.#closed) return;
      else await this.#ask();
    }
  }

  /** Writes whole lines, above the one that is being typed. */
  write(text: string, to: 'stdout' | 'stderr'): void {
    if (!this.#asking) {
      this.#io[to].write(text);
      return;
    }
    this.#io.stdout.write('\r\u001b[J');
    this.#io[to].write(text);
    this.#editor.prompt(true);
  }

  close(): void {
    this.#editor.close();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    this.#editor.prompt();
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#asking = false;
  }

  #onLine(line: string): void {
    this.#asking = false;
    this.#lines.push(line);
    this.#wake();
  }

  /** Deletes the line that is being typed, after Ctrl-C. */
  #clear(): void {
    this.#editor.write(null, { ctrl: true, name: 'e' });
    this.#editor.write(null, { ctrl: true, name: 'u' });
  }

  #onClose(): void {
    if (this.#asking) this.#io.stdout.write('\n');
    this.#asking = false;
    this.#closed = true;
    this.#wake();
  }
}
