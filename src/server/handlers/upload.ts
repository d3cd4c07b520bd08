/**
 * Takes in files, as a raw body, as a form, or by PUT; streamed to disk, never gathered in memory.
 *
 *     POST /upload?name=NAME
 *     PUT /upload/NAME
 *     POST /upload with multipart/form-data, files in fields named "file"
 *
 * The response is 201 when every file is on stable storage (`storage/intake.ts`); several files in one form are taken
 * in all or not at all.
 */
import { fileNameFault } from '../../bytes/file-name.ts';
import type { Handler, HttpRequest, HttpResponse } from '../../http/handler.ts';
import { json, wantsPage } from '../../http/responses.ts';
import { type MediaType, parseMediaType } from '../../protocols/http/content/media-type.ts';
import { MultipartParser, multipartBoundary } from '../../protocols/http/content/multipart.ts';
import { HttpError } from '../../protocols/http/errors.ts';
import type { Transfer } from '../../storage/holders/transfers.ts';
import type { CommittedFile, SpooledFile } from '../../storage/intake.ts';
import type { ServerContext } from '../context/context.ts';
import { type FormFile, readFormFiles } from '../requests/form-files.ts';
import { withStorageErrors } from '../requests/storage-errors.ts';
import { seeOther, uploadResponse } from '../requests/upload-responses.ts';
import { uploadView } from '../views/build-views.ts';

type Context = Pick<ServerContext, 'intake' | 'temp' | 'transfers' | 'siteOf'>;

/** Makes the handlers of `/upload`. */
export function createUploadHandler(context: Context): { post: Handler; put: Handler } {
  return {
    post: (request) => {
      const type = parseMediaType(request.headers.get('content-type') ?? '');
      if (type?.essence === 'multipart/form-data') return uploadForm(context, request, type);
      return uploadRaw(context, request, nameFromRequest(request));
    },
    put: (request) => uploadRaw(context, request, request.path.slice('/upload/'.length)),
  };
}

function nameFromRequest(request: HttpRequest): string {
  const name = request.query.get('name') ?? headerText(request.headers.get('x-file-name'));
  if (name !== undefined) return name;
  const message = 'a raw upload needs a name: /upload?name=NAME, the field X-File-Name, or PUT /upload/NAME';
  throw new HttpError(400, 'name-missing', message);
}

/** The text of a field: fields hold one character a byte, but people who write a name into one mean UTF-8. */
function headerText(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'));
  } catch (cause) {
    throw new HttpError(400, 'bad-name', 'X-File-Name is not valid UTF-8', { cause });
  }
}

/** Takes in a file to its end. The `length` is null where the client has not said how long the file is. */
type Spool = (name: string, content: AsyncIterable<Uint8Array>, length: number | null) => Promise<SpooledFile>;

/**
 * Does `work` if there is room for the request's body. Each file that `work` spools is a transfer from its first byte
 * until all files are safe, or have failed: the client waits for that.
 */
async function receive(
  context: Context,
  request: HttpRequest,
  work: (spool: Spool) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const begun: Transfer[] = [];
  const spool: Spool = (name, content, length) => {
    const peer = request.remoteAddress;
    const transfer = context.transfers.begin({ kind: 'upload', file: null, name, peer, length });
    begun.push(transfer);
    return context.intake.spool(name, content, (bytes) => transfer.add(bytes));
  };
  try {
    return await withStorageErrors('nothing was kept', async () => {
      await checkSpace(context, request);
      return work(spool);
    });
  } finally {
    for (const transfer of begun) transfer.end();
  }
}

async function uploadRaw(context: Context, request: HttpRequest, name: string): Promise<HttpResponse> {
  checkName(name);
  return receive(context, request, async (spool) => {
    const file = await spool(name, request.body, request.contentLength ?? null);
    await checkAnnouncedSize(context, request, file);
    const [committed] = (await context.intake.commit([file])) as [CommittedFile];
    return uploadResponse(committed, context.siteOf(request));
  });
}

async function uploadForm(context: Context, request: HttpRequest, type: MediaType): Promise<HttpResponse> {
  const parser = new MultipartParser(multipartBoundary(type));
  return receive(context, request, async (spool) => {
    const files = await spoolForm(context, spool, readFormFiles(parser, request.body));
    if (files.length === 0) {
      throw new HttpError(400, 'no-file', 'the form holds no file; it should be in a field named "file"');
    }
    const committed = await context.intake.commit(files);
    if (wantsPage(request)) return seeOther(committed);
    const site = context.siteOf(request);
    if (committed.length === 1) return uploadResponse(committed[0] as CommittedFile, site);
    const views = committed.map(({ entry }) => uploadView(entry, site));
    return json(committed.some(({ created }) => created) ? 201 : 200, { count: views.length, files: views });
  });
}

/** Spools every file of a form; when one fails nothing is left of the others. */
async function spoolForm({ intake }: Context, spool: Spool, parts: AsyncIterable<FormFile>): Promise<SpooledFile[]> {
  const files: SpooledFile[] = [];
  try {
    for await (const { name, content } of parts) {
      checkName(name);
      files.push(await spool(name, content, null));
    }
    return files;
  } catch (error) {
    await intake.discard(files);
    throw error;
  }
}

function checkName(name: string): void {
  const fault = fileNameFault(name);
  if (fault !== undefined) throw new HttpError(400, 'bad-name', `the file name ${fault}`);
}

/**
 * Throws HttpError 507 (RFC 4918 11.5) for an announced body that does not fit. A chunked one fails when the disk is
 * full.
 */
async function checkSpace({ temp }: Context, { contentLength }: HttpRequest): Promise<void> {
  const free = await temp.measureFreeBytes();
  if (contentLength === undefined || contentLength <= free) return;
  throw new HttpError(507, 'no-space', `${contentLength} bytes are announced, and there is room for ${free}`);
}

/** Throws HttpError 400 if `X-File-Size` is not the length that came: the client read a file that grew or shrank. */
async function checkAnnouncedSize({ intake }: Context, request: HttpRequest, file: SpooledFile): Promise<void> {
  const announced = request.headers.get('x-file-size');
  if (announced === undefined || announced === String(file.record.length)) return;
  await intake.discard([file]);
  const message = `X-File-Size says ${announced}, and ${file.record.length} bytes came`;
  throw new HttpError(400, 'size-differs', message);
}
