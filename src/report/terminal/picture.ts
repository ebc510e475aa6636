// A grey picture as text: half blocks in true colour, ink black on white paper; a ramp of ten characters elsewhere.
import type { Picture } from '../../core/events.ts';

const RAMP = ' .:-=+*#%@';

/** Lines of text, two picture rows each. */
export function pictureLines({ width, height, pixels }: Picture, color: boolean): readonly string[] {
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    let line = '';
    for (let x = 0; x < width; x++) {
      const upper = pixels[y * width + x]!;
      const lower = y + 1 < height ? pixels[(y + 1) * width + x]! : 0;
      if (color) line += `\u001b[38;2;${grey(upper)};48;2;${grey(lower)}m▀`;
      else line += RAMP[Math.round(((upper + lower) / 510) * (RAMP.length - 1))];
    }
    lines.push(color ? `${line}\u001b[0m` : line.trimEnd());
  }
  return lines;
}

function grey(ink: number): string {
  const value = 255 - ink;
  return `${value};${value};${value}`;
}
