// SHA-256 of what is at hand, at once: for short texts and for files of code, of which a run has hundreds.
import { createHash } from 'node:crypto';

/** Lower-case hex SHA-256 of bytes, or of text as UTF-8. */
export function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
