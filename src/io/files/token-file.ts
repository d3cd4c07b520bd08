/** Tokens in files, for those who may not do a thing as they are: made on first use, readable by the owner only. */
import { randomBytes } from 'node:crypto';
import { type FileCalls, nodeFiles } from './calls.ts';
import { readIfThere, writeFileAtomically } from './files.ts';

/**
 * The token in the file at `path`, which is made if it is missing. An empty file is an error: it would authorize
 * everybody.
 */
export async function openToken(path: string, calls: FileCalls = nodeFiles): Promise<string> {
  const token = (await readIfThere(path, calls))?.toString() ?? (await makeToken(path, calls));
  if (token.trim() === '') throw new Error(`${path} holds no token; remove it to have one made`);
  return token.trim();
}

async function makeToken(path: string, calls: FileCalls): Promise<string> {
  const token = randomBytes(24).toString('base64url');
  await writeFileAtomically(path, `${token}\n`, 0o600, calls);
  return token;
}
