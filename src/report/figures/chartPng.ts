// Charts as PNG. What draws their letters is a package that few need, so that whoever does installs it.
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';

type Sharp = typeof import('sharp');

/**
 * @param scale pixels of the file a pixel of the SVG, each way
 * @throws E_USAGE where sharp is not installed, or does not load
 */
export async function chartPng(svg: string, scale: number, load = (name: string): Promise<Sharp> => import(name)): Promise<Uint8Array> {
  const { default: sharp } = await load('sharp').catch((cause: unknown) => {
    const message = `figure: a chart is drawn as PNG by the package sharp, in Node, which does not load here: ${reasonOf(cause)}`;
    throw new PipelineError('E_USAGE', message, { hint: 'npm install sharp', cause });
  });
  // Of an SVG, 72 dots an inch are a pixel a pixel.
  return new Uint8Array(
    await sharp(new TextEncoder().encode(svg), { density: 72 * scale })
      .png()
      .toBuffer(),
  );
}
