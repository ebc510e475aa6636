// A terminal of 80 columns, and what has no room in it.
import stringWidth from 'string-width';

/** Variables with which the command line takes its streams for one. */
export const inTerminal = { NODE_OPTIONS: `--import ${new URL('./asTerminal.js', import.meta.url).href}`, NO_COLOR: '1', CI: '1' };

/** Lines that are too long. A path stays whole. */
export function tooLong(text: string): readonly string[] {
  return text.split('\n').filter((line) => stringWidth(line) > 80 && !/^ *(at )?\/\S+$/.test(line));
}
