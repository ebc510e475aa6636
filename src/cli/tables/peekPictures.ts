// `pipeline peek` of a folder: what pictures are in it, and the call that reads them.
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { summaryOfPictures, type PicturesSummary } from '../../datasets/pictures/survey.ts';
import { nodeSurroundings } from '../../runtime/node/surroundings.ts';
import { pathFrom } from './tableFile.ts';

const MOST_SIZES = 5;

/** @param asked path of the folder, as it was typed @throws E_DATA naming what reading the pictures would refuse */
export async function peekPictures(asked: string, json: boolean): Promise<string> {
  const folder = resolve(asked);
  const summary = await summaryOfPictures(basename(folder), pathToFileURL(`${folder}/`), nodeSurroundings());
  return json ? `${JSON.stringify(summary)}\n` : `${foundText(summary)}\n${callText(summary, pathFrom(undefined, asked).replace(/\/+$/, ''))}`;
}

function foundText({ name, pictures, classes, kinds, sizes, grey, alpha }: PicturesSummary): string {
  const width = Math.max(...classes.map((own) => own.name.length), 'sizes'.length);
  const more = sizes.length - MOST_SIZES;
  const shown = sizes.slice(0, MOST_SIZES).map((size) => `${size.width} x ${size.height}: ${size.pictures}`);
  const line = (what: string, found: string): string => `  ${what.padEnd(width)}  ${found}`;
  return [
    `${name}: ${counted(pictures, 'picture', 'pictures')}, ${counted(classes.length, 'class', 'classes')}`,
    ...classes.map((own) => line(own.name, String(own.pictures))),
    line('sizes', `${shown.join(', ')}${more > 0 ? `, and ${more} more` : ''}`),
    line('kinds', `PNG: ${kinds.png}, JPEG: ${kinds.jpeg}; grey: ${grey}, not all opaque: ${alpha}`),
    '',
  ].join('\n');
}

function callText({ name, pictures, sizes, grey, alpha }: PicturesSummary, path: string): string {
  const [{ width, height } = { width: 1, height: 1 }] = sizes;
  const options = [
    ...(sizes.length > 1 ? [`size: [${width}, ${height}]`] : []),
    ...(grey === pictures ? ["colors: 'grey'"] : []),
    ...(alpha > 0 ? ["background: 'white'"] : []),
  ];
  const words = name.replaceAll(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => (next ?? '').toUpperCase());
  const called = /^[A-Za-z]/.test(words) && words !== 'pictures' ? words : `folder${words}`;
  const given = [`'${path.replaceAll(/['\\]/g, '\\$&')}'`, ...(options.length > 0 ? [`{ ${options.join(', ')} }`] : [])];
  return `import { pictures } from 'pipeline-gpu';\n\nexport const ${called} = pictures(${given.join(', ')});\n`;
}

function counted(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}
