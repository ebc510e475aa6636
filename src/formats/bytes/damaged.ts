// What readers of bytes throw where bytes cannot be what they are said to be; whoever knows the file makes an error of it.

/** The message ends a sentence that names the file. */
export class Damaged extends Error {}

/** The cure for such files. */
export const COPY = 'Copy or download it again.';
