/**
 * Finds the handler for a request. Knows paths and methods, and nothing of what the handlers do.
 */
import { HttpError } from '../protocols/http/errors.ts';
import type { TakesRawQuery } from '../protocols/http/target.ts';
import type { Handler, HttpRequest, HttpResponse } from './handler.ts';

/** The methods of one resource. HEAD is answered wherever GET is (RFC 9110 9.3.2), OPTIONS everywhere. */
export type Methods = Readonly<Partial<Record<'GET' | 'POST' | 'PUT' | 'DELETE', Handler>>>;

/** A path, or the beginning of paths, and its handlers. */
export interface Route {
  /** The complete path; or, with a final `/*`, the beginning of a path, whose rest the handler reads. */
  readonly path: string;
  readonly methods: Methods;
  /** Whether the handler takes any bytes in its query, and judges them itself. Only for a complete path. */
  readonly takesRawQuery?: boolean;
}

/** Tells the reader of requests which of `routes` take a raw query. */
export function rawQueryPaths(routes: readonly Route[]): TakesRawQuery {
  const paths = new Set(routes.filter(({ takesRawQuery }) => takesRawQuery).map(({ path }) => path));
  return (path) => paths.has(path);
}

/**
 * Methods that this server knows (RFC 9110 9, RFC 5789): 405 where a resource does not have it, 501 for any other.
 * CONNECT does not come this far: its target is no path.
 */
const knownMethods: ReadonlySet<string> = new Set([
  ...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'],
]);

/**
 * One handler for all of `routes`. Throws HttpError 404, 405 or 501 (RFC 9110 15.5.5, 15.5.6, 15.6.2) where none fits.
 */
export function createDispatcher(routes: readonly Route[]): Handler {
  const exact = new Map<string, Methods>();
  const prefixes: { readonly prefix: string; readonly methods: Methods }[] = [];
  for (const { path, methods } of routes) {
    if (path.endsWith('/*')) prefixes.push({ prefix: path.slice(0, -1), methods });
    else exact.set(path, methods);
  }
  const methodsOf = (path: string): Methods | undefined =>
    exact.get(path) ?? prefixes.find(({ prefix }) => path.startsWith(prefix))?.methods;
  const allMethods = allowed(Object.assign({}, ...routes.map(({ methods }) => methods)));

  return (request) => {
    if (!knownMethods.has(request.method)) {
      throw new HttpError(501, 'unknown-method', `this server does not know the method ${request.method}`);
    }
    // RFC 9110 9.3.7: `OPTIONS *` asks about the server as a whole.
    if (request.path === '*') return options(allMethods);
    const methods = methodsOf(request.path);
    if (methods === undefined) throw new HttpError(404, 'no-such-page', `there is nothing at ${request.path}`);
    return dispatch(request, methods);
  };
}

function dispatch(request: HttpRequest, methods: Methods): HttpResponse | Promise<HttpResponse> {
  if (request.method === 'OPTIONS') return options(allowed(methods));
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const handler = Object.hasOwn(methods, method) ? methods[method as keyof Methods] : undefined;
  if (handler !== undefined) return handler(request);
  const allow = allowed(methods);
  throw new HttpError(405, 'method-not-allowed', `${request.path} takes ${allow}, not ${request.method}`, {
    headers: [['Allow', allow]],
  });
}

function options(allow: string): HttpResponse {
  return { status: 204, headers: [['Allow', allow]], body: null };
}

function allowed(methods: Methods): string {
  const names = Object.keys(methods);
  return [...names, ...(names.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
}
