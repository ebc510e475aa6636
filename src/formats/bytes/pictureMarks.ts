// How the files of pictures begin that are read.

export const PNG = '\x89PNG\r\n\x1a\n';
export const JPEG = '\xff\xd8\xff';

/** Whether bytes begin like a picture that is read. */
export function isPicture(bytes: Uint8Array): boolean {
  const begins = String.fromCharCode(...bytes.subarray(0, PNG.length));
  return begins === PNG || begins.startsWith(JPEG);
}
