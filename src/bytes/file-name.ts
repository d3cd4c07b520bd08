/**
 * The rule for a file's name (1 to 255 bytes of UTF-8, no separators, control bytes, `.` or `..`). A path is never
 * built from a name; the rule keeps names harmless for those who save files under them.
 */

/** The fault of `name`, as the end of the sentence "the file name ..."; undefined when there is none. */
export function fileNameFault(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (!name.isWellFormed()) return 'is not valid UTF-8';
  const bytes = Buffer.byteLength(name);
  if (bytes > fileNameBytesMax) return `is ${bytes} bytes long, the most is ${fileNameBytesMax}`;
  if (name === '.' || name === '..') return `is "${name}"`;
  if (/[/\\]/.test(name)) return 'holds a separator (/ or \\)';
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(name)) return 'holds a control character';
  return undefined;
}

/** The limit of ext4, APFS and NTFS (there in UTF-16 units), so that every downloader can save the file. */
export const fileNameBytesMax = 255;
