/**
 * The status codes that this server sends, and their reason phrases (RFC 9110 15, RFC 6585 5, RFC 4918 11.5).
 * A code that is missing here is a mistake of ours, not a reason for a blank phrase: `reasonPhrase` throws.
 */

const phrases: ReadonlyMap<number, string> = new Map([
  [100, 'Continue'],
  [200, 'OK'],
  [201, 'Created'],
  [204, 'No Content'],
  [206, 'Partial Content'],
  [301, 'Moved Permanently'],
  [303, 'See Other'],
  [304, 'Not Modified'],
  [308, 'Permanent Redirect'],
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [406, 'Not Acceptable'],
  [408, 'Request Timeout'],
  [409, 'Conflict'],
  [410, 'Gone'],
  [411, 'Length Required'],
  [412, 'Precondition Failed'],
  [413, 'Content Too Large'],
  [414, 'URI Too Long'],
  [415, 'Unsupported Media Type'],
  [416, 'Range Not Satisfiable'],
  [417, 'Expectation Failed'],
  [421, 'Misdirected Request'],
  [422, 'Unprocessable Content'],
  [426, 'Upgrade Required'],
  [429, 'Too Many Requests'],
  [431, 'Request Header Fields Too Large'],
  [500, 'Internal Server Error'],
  [501, 'Not Implemented'],
  [502, 'Bad Gateway'],
  [503, 'Service Unavailable'],
  [504, 'Gateway Timeout'],
  [505, 'HTTP Version Not Supported'],
  [507, 'Insufficient Storage'],
]);

/** The status codes that have a phrase. */
export const knownStatuses: readonly number[] = [...phrases.keys()];

/** The phrase of `status`, e.g. `Not Found` for 404. */
export function reasonPhrase(status: number): string {
  const phrase = phrases.get(status);
  if (phrase === undefined) throw new RangeError(`no reason phrase for status ${status}`);
  return phrase;
}
