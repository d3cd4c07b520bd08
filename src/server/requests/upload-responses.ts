/** The responses to files that came in, by whatever handler. */

import type { HttpResponse } from '../../http/handler.ts';
import { json } from '../../http/responses.ts';
import type { CommittedFile } from '../../storage/intake.ts';
import type { Site } from '../context/site.ts';
import { uploadView } from '../views/build-views.ts';

/** The response for one file: 201, or 200 for a file that was there. */
export function uploadResponse({ entry, created }: CommittedFile, site: Site): HttpResponse {
  const { headers, ...response } = json(created ? 201 : 200, uploadView(entry, site));
  return { ...response, headers: [...headers, ['Location', `/file?id=${entry.record.id}`]] };
}

/** Leads a browser that sent a form to the file's page, or to the list. */
export function seeOther(committed: readonly CommittedFile[]): HttpResponse {
  const [only, ...others] = committed as [CommittedFile, ...CommittedFile[]];
  const location = others.length === 0 ? `/file?id=${only.entry.record.id}` : '/files';
  return { status: 303, headers: [['Location', location]], body: null };
}
