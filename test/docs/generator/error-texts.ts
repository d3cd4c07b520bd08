/**
 * What `docs/errors.md` says about codes beyond what the code itself knows. Every code needs its advice here;
 * what it means stands here too, unless the comment behind the code in its union says so already.
 */

/** The texts of one code. */
export interface CodeTexts {
  /** Undefined where the comment in the code says it. */
  readonly means?: string;
  readonly advice: string;
}

/** The texts of one class of errors, which is a chapter of the page. */
export interface ClassTexts {
  readonly title: string;
  /** Where these codes are met. */
  readonly where: string;
  readonly codes: Readonly<Record<string, CodeTexts>>;
}

/**
 * The codes of HttpErrors that get them from elsewhere, by status and code as they stand in the call. An empty list
 * passes on the codes of another class, which has a chapter of its own.
 */
export const indirectCodes: Readonly<Record<string, readonly string[]>> = {
  '503, code': ['busy', 'storage-failing'],
  '400, code': [],
  '400, error.code': [],
  'statusOf[error.code], error.code': [],
};

const later = 'Try again after the seconds of `Retry-After`.';

/** The chapters, in the order of the page. */
export const classTexts: Readonly<Record<string, ClassTexts>> = {
  HttpError: {
    title: 'HTTP',
    where:
      'The member `code` of an `application/problem+json` answer, of the server and of nodes; text and pages carry the message alone. ' +
      '`drop`: the connection is closed without an answer, and the code is in the log. A bad torrent is told by 400 with a code of ' +
      '[Torrents and magnet links](#torrents-and-magnet-links), a failed registration by one of [Registration over HTTP](#registration-over-http), ' +
      'a failed download of a node by one of [Downloads to a folder](#downloads-to-a-folder).',
    codes: {
      'bad-chunk': { means: 'A chunked body is malformed.', advice: 'Mend the client, or send `Content-Length`.' },
      'bad-cursor': {
        means: '`cursor` is none that a page gave.',
        advice: 'Begin without it, then use `next` of each page.',
      },
      'bad-field-line': { means: 'A header field is malformed.', advice: 'Mend the client.' },
      'bad-framing': {
        means: '`Content-Length` and `Transfer-Encoding` are malformed, or contradict each other.',
        advice: 'Send one of them; look for a proxy that adds the other.',
      },
      'bad-hash': { means: '`hash` is no info-hash.', advice: 'Send 40 hex digits.' },
      'bad-host': { means: 'The field `Host` is no host and port.', advice: 'Mend the client.' },
      'bad-id': { means: "A file's id is malformed.", advice: 'Send 40 hex digits, as in `GET /files`.' },
      'bad-ipc-path': {
        means: '`ipc-path` is missing or no path.',
        advice: 'Name the folder that holds the two FIFOs.',
      },
      'bad-json': {
        means: 'The body is not the JSON that is expected.',
        advice: 'The message names what is expected.',
      },
      'bad-limit': { means: '`limit` is no whole number from 1 on.', advice: 'Send one, or leave it out.' },
      'bad-line': {
        means: 'A line of the head or of the chunks holds a control character.',
        advice: 'Mend the client.',
      },
      'bad-name': { means: 'The file name cannot be kept.', advice: 'The message says why; send another one.' },
      'bad-peer-id': {
        means: '`peer-id` is missing or malformed.',
        advice: 'Choose a name as the message describes it.',
      },
      'bad-request-line': {
        means: 'The request does not begin as HTTP/1.1 does.',
        advice: 'Mend the client; TLS is not spoken here.',
      },
      'bad-status-line': {
        means: 'Our client got no HTTP response.',
        advice: 'Check the address: another program listens there.',
      },
      'bad-target': {
        means: 'The path or the query is malformed.',
        advice: 'Percent-encode what is not allowed in a URL.',
      },
      'bad-topics': { means: '`topics` names none that there is.', advice: 'The message lists them.' },
      'bad-trailer': { means: 'A field that may not be a trailer came as one.', advice: 'Send it in the head.' },
      'bad-version': { means: '`version` is neither 1 nor 2.', advice: 'Ask for 1 or 2.' },
      'body-too-large': {
        means: 'The body is longer than `http.max_upload_bytes`.',
        advice: 'Raise that, or send less.',
      },
      busy: {
        means: 'The process has too many files open.',
        advice: `${later} Raise \`ulimit -n\` if it comes often.`,
      },
      changed: { means: 'A static file is not in the state that `If-Match` asks for.', advice: 'Fetch it anew.' },
      changing: { means: 'The file was written to while it was read.', advice: 'Wait until nobody writes to it.' },
      'client-gone': { means: 'The client left before the end of its request.', advice: 'Nothing; it is only logged.' },
      'cross-site': {
        means: "A page of another site asked for a change, in a user's browser.",
        advice: 'Use the own pages of the server.',
      },
      draining: { means: 'The server is stopping and begins nothing new.', advice: later },
      expectation: { means: 'An `Expect` other than `100-continue`.', advice: 'Leave it out.' },
      'fields-too-large': {
        means: 'The header fields are too many or too long.',
        advice: 'Delete cookies for this host.',
      },
      'foreign-host': {
        means: 'The name in `Host` is not one of this server.',
        advice: 'Add it to `http.allowed_hosts`, or use the address.',
      },
      'foreign-origin': {
        means: 'A page of another origin asked for a change.',
        advice: 'Behind a proxy, set `http.public_url`.',
      },
      'form-fields': { means: 'A form has too many fields.', advice: 'Send fewer.' },
      'form-percent': {
        means: 'A `%` in a form is not followed by two hex digits.',
        advice: 'Encode it: `curl --data-urlencode`.',
      },
      'form-utf8': { means: 'A form is not UTF-8.', advice: 'Send UTF-8.' },
      'incomplete-message': { means: 'The connection ended in the middle of a message.', advice: 'Send it again.' },
      internal: { means: 'A mistake of ours.', advice: 'Please report it; the log has the stack.' },
      io: { means: 'The disk failed while a node read or wrote.', advice: 'The message says where; check that disk.' },
      'long-target': { means: 'The request target is too long.', advice: 'Send less in the URL.' },
      'media-type': { means: 'The body is of a type that is not taken here.', advice: 'Send a form or JSON.' },
      method: { means: 'CONNECT, or a method longer than all known ones.', advice: 'This is no proxy.' },
      'method-not-allowed': { means: 'The address exists, for other methods.', advice: '`Allow` lists them.' },
      'multipart-boundary': {
        means: 'A form without a usable boundary.',
        advice: 'Let the client library set `Content-Type`.',
      },
      'multipart-cut': { means: 'A form ends before its last boundary.', advice: 'Send it again.' },
      'multipart-head': { means: 'The head of a part of a form is too long.', advice: 'Shorten names.' },
      'multipart-part': { means: 'The head of a part of a form is malformed.', advice: 'Mend the client.' },
      'multipart-parts': { means: 'A form has too many parts.', advice: 'Send several forms.' },
      'name-missing': {
        means: 'An upload without a file name.',
        advice: 'Use `PUT /upload/NAME`, `?name=NAME` or `X-File-Name`.',
      },
      'no-file': { means: 'A form without a file.', advice: 'The message names the field.' },
      'no-host': { means: 'The field `Host` is missing.', advice: 'Send it; HTTP/1.1 demands it.' },
      'no-server': { means: 'The server of a node does not answer.', advice: 'Start it; the node goes on by itself.' },
      'no-source': { means: 'No peer gives some pieces of a download.', advice: 'It goes on when a peer does.' },
      'no-space': { means: 'The disk, or the quota, is full.', advice: 'Make room; nothing was kept of this request.' },
      'not-shareable': {
        means: 'A file that a node may not share: its own state, or a file outside every `--share-root`.',
        advice: 'Share another file, or start the node with a `--share-root` that holds this one.',
      },
      'no-such-file': {
        means: 'There is no file with that id, name or path.',
        advice: '`GET /files` lists what there is.',
      },
      'no-such-page': { means: 'There is nothing at that address.', advice: '[api.md](api.md) lists the addresses.' },
      'no-such-peer': { means: 'No storage peer has that name.', advice: '`GET /peers` lists them.' },
      'no-v2': { means: 'A file for which no v2 torrent can be made.', advice: 'Ask for version 1.' },
      'not-our-server': {
        means: 'A node asked another program than our server.',
        advice: "Check the node's `--server`.",
      },
      'not-ready': { means: 'The server is starting or stopping (`/readyz`).', advice: later },
      'peer-offline': { means: 'The storage peer is known, and away.', advice: 'Start it, then try again.' },
      'pieces-missing': {
        means: 'Nobody who is online has some pieces.',
        advice: 'The message names them, and who had them: start those peers.',
      },
      'precondition-failed': {
        means: '`If-Match` or `If-Unmodified-Since` does not hold.',
        advice: 'Fetch the file anew.',
      },
      range: { means: 'The range begins behind the end.', advice: '`Content-Range` has the length.' },
      refused: { means: 'The server refused what a node asked for.', advice: 'The message is that of the server.' },
      removed: { means: 'The file was removed from the node meanwhile.', advice: 'Ask for it again if you want it.' },
      scheme: { means: '`https` on a connection without TLS.', advice: 'Put a proxy in front, or use `http`.' },
      'size-differs': { means: 'The length that was promised and the one that came differ.', advice: 'Send it again.' },
      'slow-body': { means: 'The body comes too slowly.', advice: 'Try again over a better connection.' },
      'slow-head': { means: 'The head of the request comes too slowly.', advice: 'Send the head at once.' },
      stopping: { means: 'The node is stopping.', advice: 'It goes on when the node is started again.' },
      'storage-failing': {
        means: "The server's own disk fails.",
        advice: 'Check the disk and its rights; the log names the call.',
      },
      timeout: { means: 'Our client got no answer in time.', advice: 'See whether the other side hangs.' },
      'token-needed': {
        means: 'A change, on a server that others can reach.',
        advice: 'Send `Authorization: Bearer` with `metadata/token`.',
      },
      'too-large': { means: 'A small body that is too long.', advice: 'The message has the limit.' },
      'too-many-connections': { means: 'As many connections as there may be.', advice: later },
      'too-many-subscribers': { means: 'As many listeners of `/events` as there may be.', advice: later },
      'transfer-coding': { means: 'A transfer coding other than `chunked`.', advice: 'Send `chunked` alone.' },
      'unknown-method': { means: 'A method that this server does not have.', advice: 'Use those of [api.md](api.md).' },
      verifying: { means: 'A verification is under way.', advice: 'Wait until it is over.' },
      version: { means: 'Another major version than HTTP/1.', advice: 'Speak HTTP/1.1.' },
      'which-peer': { means: 'The peer is named by nothing.', advice: 'Send its id.' },
      'which-file': { means: 'The file is named by nothing, or twice.', advice: 'Send either the id or the name.' },
      'wrong-field': { means: 'A file in a field of another name.', advice: 'The message has the name.' },
    },
  },
  ForgetError: {
    title: 'Peers that are to be forgotten',
    where: 'Answers of `DELETE /peers` and `POST /forget_peer`.',
    codes: {
      'no-such-peer': { means: 'No storage peer has that id.', advice: '`GET /peers` lists them.' },
      'peer-configured': {
        means: 'The configuration names the peer.',
        advice: 'Take it out of `peers` there, and have it read again (SIGHUP).',
      },
      'peer-online': { means: 'The peer is online.', advice: 'End its process first.' },
    },
  },
  RegistrationError: {
    title: 'Registration over HTTP',
    where: 'Answers of `POST /register_peer`, and lines of the log when a known peer cannot be reached.',
    codes: {
      'bad-path': {
        means: 'The folder is outside those where peers may be, or holds no pair of FIFOs.',
        advice: 'Check `ipc-path`.',
      },
      nobody: {
        means: 'No process has the FIFOs open at the other end.',
        advice: 'Start the peer; it registers again by itself.',
      },
      taken: {
        means: 'The id belongs to the peer at another folder, or a live peer is at this one.',
        advice: 'Choose another, or end that peer and forget it: `rivulet peers forget ID`.',
      },
    },
  },
  RegisterError: {
    title: 'Registration by datagram',
    where: 'The `code=` of an `ERR` datagram ([protocols/register.md](protocols/register.md)).',
    codes: {
      'bad-request': { advice: 'Mend the datagram; it is not tried again.' },
      'bad-path': { advice: 'Check `ipc-path=`; it is not tried again.' },
      taken: { advice: 'Tried again; choose another name if it stays so.' },
      gone: { advice: 'Open the FIFOs; it is tried again.' },
    },
  },
  IpcError: {
    title: 'Storage peers',
    where:
      'The `code=` of an `ERR` line ([protocols/ipc.md](protocols/ipc.md)). Three finer codes stand in logs only: on the wire they are `bad-request`.',
    codes: {
      'bad-list': { means: 'Log only: a list of pieces is malformed.', advice: 'Mend the peer.' },
      'bad-request': { means: 'The request is malformed, or unknown to this peer.', advice: 'Mend whoever sent it.' },
      'bad-size': {
        means: 'Log only: more bytes are announced than a message may have.',
        advice: 'Mend whoever sent it.',
      },
      corrupt: {
        means: 'The bytes do not have the hash that belongs to them.',
        advice: 'The server makes a good copy elsewhere.',
      },
      io: { means: "The peer's disk failed.", advice: "Check that disk; the peer's log names the call." },
      'line-too-long': { means: 'Log only: a line of 4,096 bytes without an end.', advice: 'Mend whoever sent it.' },
      'no-space': { means: "The peer's disk is full.", advice: 'Make room; the server asks another peer meanwhile.' },
      'not-found': { means: 'The peer does not have that piece.', advice: 'The server asks another holder.' },
      stale: {
        means: "The server's metadata is older than what the peer has seen: nothing is dropped on its word.",
        advice: 'Put the newer `metadata/` back.',
      },
    },
  },
  VerbLineError: {
    title: 'Lines of the storage and registration protocols',
    where: 'In logs, where a line `VERB key=value` could not be read. The other side gets `bad-request`.',
    codes: {
      'bad-line': { means: 'No printable ASCII, no verb, or a key twice.', advice: 'Mend whoever sent it.' },
      'bad-value': { means: 'A value out of its range or form.', advice: 'The message has the rule.' },
      'missing-key': { means: 'A key that this verb needs is not there.', advice: 'Add it.' },
      'unknown-verb': { means: 'No verb of this protocol.', advice: 'Check the spelling: verbs are upper case.' },
    },
  },
  HolderError: {
    title: 'Holders of pieces',
    where: 'In the log of the server, and in the lines of `POST /verify_peers`.',
    codes: {
      corrupt: { advice: 'Nothing: the copy is replaced from a good one. If it comes often, check the disk.' },
      gone: {
        means: 'The holder went away.',
        advice: 'Nothing, if it comes back within `repair_delay`; then its pieces are copied.',
      },
      io: { advice: 'Check that disk.' },
      'no-space': { advice: 'Make room there, or start another peer.' },
      'not-found': { advice: 'Nothing: another holder is asked.' },
      protocol: { advice: 'Look at both with `--trace`; peers of this version should not.' },
      stale: { advice: 'Put the newer `metadata/` back: the peer drops nothing until then.' },
      timeout: {
        means: 'It gave no sign of life, or passed over one request; the session is over.',
        advice: 'See whether that process hangs, or its disk.',
      },
      unsupported: { advice: 'Nothing: the server does without.' },
    },
  },
  JournalGoneError: {
    title: 'The journal',
    where: 'In the log of the server; clients get it as 503 `storage-failing`.',
    codes: {
      'journal-gone': {
        means: 'The journal, or its folder, was removed, moved away or replaced while the server runs.',
        advice: 'Put the same file back, or restart the server with the metadata that it is to go on with.',
      },
    },
  },
  StoreError: {
    title: 'Pieces on a disk',
    where:
      'In the logs of peers and of the server (its `temp/`); on the pipe they become codes of [Storage peers](#storage-peers).',
    codes: {
      corrupt: { advice: 'Nothing: repair replaces the copy. If it comes often, check the disk.' },
      io: { means: 'The disk failed, or refused.', advice: 'Check the disk and its rights.' },
      'no-space': { advice: 'Make room.' },
      'not-found': { advice: 'Nothing: another holder is asked.' },
    },
  },
  FifoError: {
    title: 'Named pipes',
    where: 'In the logs of the server and of peers.',
    codes: {
      closed: { advice: 'Nothing: it happens when a session ends.' },
      io: { means: 'The system refused.', advice: 'The message has the call; check rights and `ulimit -n`.' },
      nobody: { advice: 'Start the other side.' },
      'not-a-directory': { advice: 'Make the folder, or name another.' },
      'not-a-fifo': { advice: 'Remove what lies there; the peer makes its FIFOs anew.' },
      outside: { advice: 'Add the folder to `ipc_roots`, or move the peer.' },
    },
  },
  DownloadError: {
    title: 'Downloads to a folder',
    where: 'Printed by `rivulet get`; 409, 503 (`io`) or 507 (`no-space`) of a node.',
    codes: {
      'bad-torrent': { advice: 'Nothing helps with this torrent: it names files that cannot be made here.' },
      changed: { advice: 'Put the files back, or remove them and start again.' },
      'in-use': { advice: 'Wait for the other one, or end it.' },
      io: { means: 'The disk failed, or refused.', advice: 'The message has the path; check its disk and rights.' },
      'no-space': { advice: 'Make room and start again: it goes on where it stopped.' },
      'target-exists': { advice: 'Move what has the name away, then start again.' },
    },
  },
  MetainfoError: {
    title: 'Torrents and magnet links',
    where: '400 of `POST /torrent`; printed by `rivulet get`.',
    codes: {
      ambiguous: { advice: 'Make the torrent anew with another program.' },
      'bad-bencode': { means: 'It is not valid bencode.', advice: 'Check that it is a `.torrent`, and complete.' },
      'bad-layers': { advice: 'Fetch the torrent again; it is damaged.' },
      'bad-magnet': { advice: 'Copy the whole link.' },
      'bad-name': { advice: 'Make the torrent anew with names that every system can keep.' },
      'bad-number': { advice: 'Make the torrent anew.' },
      'bad-pieces': { advice: 'Fetch the torrent again; it is damaged.' },
      'bad-tree': { advice: 'Make the torrent anew.' },
      'bad-version': { advice: 'Ask its maker for a v1 or hybrid torrent.' },
      collision: { advice: 'Rename one of the files, and make the torrent anew.' },
      'hybrid-mismatch': {
        means: 'The v1 and the v2 part of a hybrid describe different files.',
        advice: 'Do not trust it; ask its maker.',
      },
      'missing-key': {
        advice: 'Make the torrent anew; the message names what is not there.',
        means: 'Something that must be there is not.',
      },
      'too-large': { advice: 'Make it with larger pieces, or in several torrents.' },
      'v2-only': { advice: 'Ask its maker for a hybrid: torrents of v2 alone are not taken.' },
      'wrong-type': { advice: 'Make the torrent anew.' },
    },
  },
  BencodeError: {
    title: 'Bencode',
    where: 'Inside the messages of torrents, trackers and wire extensions; the position is told with it.',
    codes: {
      'bad-integer': { means: 'An integer is malformed or too long.', advice: 'Mend whoever wrote it.' },
      'bad-key': { advice: 'Mend whoever wrote it.' },
      'bad-length': { means: 'The length of a string is malformed.', advice: 'Mend whoever wrote it.' },
      'bad-value': { advice: 'Mend whoever wrote it.' },
      'cut-short': { advice: 'Fetch it again.' },
      'too-deep': {
        means: 'More lists and dictionaries in each other than any torrent needs.',
        advice: 'Do not trust it.',
      },
      'too-many': { means: 'More values than there may be.', advice: 'Do not trust it.' },
      'trailing-bytes': { means: 'Something follows the value.', advice: 'Fetch it again.' },
    },
  },
  TrackerError: {
    title: 'Trackers',
    where: 'In logs and counters. Clients of our tracker are told the message as a `failure reason`, or nothing.',
    codes: {
      'bad-answer': { advice: 'Nothing: the next tracker is asked, and this one again later.' },
      'bad-connection-id': {
        means: 'A connection id that is too old, or of another address.',
        advice: 'Connect again (BEP 15).',
      },
      'bad-request': {
        means: 'An announce or scrape is malformed.',
        advice: 'Mend the client; the message has the rule.',
      },
      'bad-url': { means: 'A tracker that we cannot speak to.', advice: 'Use an `http:` or `udp:` URL.' },
      full: { advice: 'Later: peers that are gone make room within half an hour.' },
      garbage: { means: 'A datagram that is none of this protocol.', advice: 'Nothing: it is not answered.' },
      'unknown-torrent': { advice: 'Upload the file or its torrent first, or set `tracker.open`.' },
    },
  },
  WireError: {
    title: 'BitTorrent peers',
    where: 'In the log: the connection is closed, since the protocol has no message for it.',
    codes: {
      'bad-bitfield': { means: 'A bitfield that does not fit the torrent.', advice: 'Mend that client.' },
      'bad-extension': { advice: 'Mend that client.' },
      'bad-index': { advice: 'Mend that client.' },
      'bad-length': { advice: 'Mend that client.' },
      'bad-metadata': {
        means: 'The metadata that came has not the hash that was asked for.',
        advice: 'Nothing: others are asked.',
      },
      'not-bittorrent': { advice: 'Let that client speak without encryption: MSE is not spoken here.' },
      'not-negotiated': { advice: 'Mend that client.' },
      'out-of-order': { advice: 'Mend that client.' },
      'too-long': { means: 'A message is longer than any may be.', advice: 'Mend that client.' },
      'unknown-torrent': { means: 'No file here has that info-hash.', advice: 'Upload the file or its torrent first.' },
      unwanted: { advice: 'Nothing: it gave bytes that did not hash.' },
    },
  },
  DirectoryError: {
    title: 'The directory and its mini-servers',
    where: 'The word after `ERR` ([protocols/directory.md](protocols/directory.md)).',
    codes: {
      'already-registered': { advice: 'Unregister first.' },
      'bad-line': { advice: 'Send UTF-8 without control characters.' },
      'bad-name': { means: 'Not a name that a user may have.', advice: 'The message has the rule.' },
      'bad-offset': { advice: 'Begin anew: the file became shorter.' },
      'bad-path': { advice: 'Name the file by its absolute path.' },
      'bad-port': { means: 'No port from 1 to 65535.', advice: 'Name the port of your mini-server.' },
      'bad-request': { advice: '`help` shows how commands are written.' },
      busy: { advice: 'Try again later.' },
      changed: { advice: 'Its owner must register it again.' },
      flood: { advice: 'Send lines; this is no place for files.' },
      full: { advice: 'Unregister what nobody needs, or try later.' },
      http: { advice: 'Open the HTTP port in the browser instead.' },
      idle: { advice: 'Connect again.' },
      io: { advice: 'The owner of the file should check the disk.' },
      'name-taken': { advice: 'Choose another name.' },
      'not-registered': { advice: '`list-files` shows what can be had.' },
      'not-yours': { advice: 'Use the connection that registered the name.' },
      stopping: { advice: 'Connect again later; `rivulet share` does so by itself.' },
      'too-long': { advice: 'Send shorter lines; several files can be registered by several lines.' },
      'unknown-command': { means: 'No command of this protocol.', advice: '`help` lists them.' },
      'unknown-file': { means: 'The user has not registered that file.', advice: '`list-files` shows the paths.' },
      'unknown-user': { means: 'Nobody has registered that name.', advice: '`list-users` shows the names.' },
    },
  },
  QrError: {
    title: 'QR codes',
    where: '400 of `GET /qr`.',
    codes: {
      'too-long-for-qr': {
        means: 'The address of the page does not fit into a code.',
        advice: 'Set a shorter `http.public_url`, or ask by id.',
      },
    },
  },
};
