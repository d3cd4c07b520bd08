/** Calls of the server's HTTP API, as attempts: a response, a reason to try again, or a refusal. */

import type { Attempt } from '../async/retry.ts';
import { type ClientResponse, httpCall } from '../io/net/http-client.ts';
import { parseJson } from '../protocols/api/read.ts';
import { problemDetail } from '../protocols/http/content/problem.ts';
import { HttpError } from '../protocols/http/errors.ts';

/**
 * The longest wait for a response: longer than the server gives a silent peer while it registers it, so that its
 * explanation arrives.
 */
const responseTimeoutMs = 15_000;

/** Asks the server; the value is the JSON of its response. `form` makes the request a POST. */
export async function askServer(url: URL, form?: Readonly<Record<string, string>>): Promise<Attempt<unknown>> {
  const accept = ['Accept', 'application/json'] as const;
  const contentType = ['Content-Type', 'application/x-www-form-urlencoded'] as const;
  const token = process.env.RIVULET_TOKEN;
  const authorization = token === undefined ? [] : ([['Authorization', `Bearer ${token}`]] as const);
  const headers = [accept, ...(form === undefined ? [] : [contentType]), ...authorization];
  const options = { timeoutMs: responseTimeoutMs, headers };
  try {
    const response =
      form === undefined
        ? await httpCall(url, { ...options, method: 'GET' })
        : await httpCall(url, { ...options, method: 'POST', body: new URLSearchParams(form).toString() });
    return judge(response);
  } catch (error) {
    return { kind: 'again', message: `no answer from ${url.origin} (${describeFailure(error)})` };
  }
}

/** The text of a failure for a person: a system error by its code, our own by its message. */
export function describeFailure(error: unknown): string {
  if (error instanceof HttpError || !(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}

function judge({ status, body }: ClientResponse<Buffer>): Attempt<unknown> {
  const json = parseJson(body.toString());
  if (status === 200) {
    return json === undefined ? { kind: 'refused', message: 'the answer is no JSON' } : { kind: 'done', value: json };
  }
  const message = `the server says: ${problemDetail(json) ?? `status ${status}`}`;
  return { kind: isPassing(status) ? 'again' : 'refused', message };
}

/** Whether the same request may have success later (RFC 9110 15.5.9, 15.5.10, 15.6; RFC 6585 4). */
function isPassing(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}
