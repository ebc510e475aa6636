// The pictures in a folder: a folder for each class, in the order of names. Whatever stands where no picture should is told, not passed
// over, but for what systems leave behind.
import { PipelineError } from '../../core/errors/errors.ts';
import type { Disk, DiskEntry } from '../../core/files.ts';

export interface PictureFile {
  /** For messages: `flowers/rose/1.png`. */
  readonly name: string;
  readonly at: URL;
  /** Position among the classes. */
  readonly label: number;
}

export interface PictureFolder {
  readonly classNames: readonly string[];
  readonly files: readonly PictureFile[];
}

const LEFT_BEHIND = /^(\.|thumbs\.db$|desktop\.ini$|__macosx$)/i;
const PICTURE = /\.(png|jpe?g)$/i;
const SHAPE = 'Put the pictures of each class into a folder of its own: <folder>/<class>/<name>.png.';

/**
 * Classes and files, each sorted by name, character by character.
 *
 * @param name of the folder, for messages
 * @param base its URL, with a slash at its end
 * @throws E_FETCH where no folder is; E_DATA for one that is not laid out in classes
 */
export async function pictureFolder(name: string, base: URL, disk: Disk): Promise<PictureFolder> {
  const refuse = (message: string, hint = SHAPE): PipelineError => new PipelineError('E_DATA', `${message}.`, { hint });
  const found = await disk.list(base);
  if (!found) {
    throw new PipelineError('E_FETCH', `${name} is not there: no folder ${decodeURIComponent(base.pathname)}.`, {
      hint: "Paths are relative to the file that names them; else write new URL('./folder/', import.meta.url).",
    });
  }
  const entries = inOrder(found);
  const loose = entries.find(({ kind, name: own }) => kind !== 'folder' && PICTURE.test(own));
  if (loose) throw refuse(`${name}/${loose.name} is a picture of no class: it is in no folder of ${name}`);
  const classes = entries.filter(({ kind }) => kind === 'folder').map((entry) => entry.name);
  if (classes.length === 0)
    throw refuse(entries.length === 0 ? `${name} is empty` : `${name} has no folders, and the class of a picture is the name of its folder`);
  const files: PictureFile[] = [];
  for (const [label, own] of classes.entries()) {
    const folder = new URL(`${encodeURIComponent(own)}/`, base);
    const inside = inOrder((await disk.list(folder)) ?? []);
    const odd = inside.find(({ kind }) => kind !== 'file');
    if (odd?.kind === 'folder') {
      throw refuse(
        `${name}/${own} has a folder of its own, ${odd.name}, and classes have none`,
        `Move its pictures up, or name the folder above the classes: '${name}/${own}'.`,
      );
    }
    if (odd) throw refuse(`${name}/${own}/${odd.name} is no file, or a link to nothing`, 'Remove it, or correct what it links to.');
    if (inside.length === 0) throw refuse(`${name}/${own} has no pictures`, 'Remove the folder, or put the pictures of the class into it.');
    for (const file of inside) files.push({ name: `${name}/${own}/${file.name}`, at: new URL(encodeURIComponent(file.name), folder), label });
  }
  return { classNames: classes, files };
}

function inOrder(entries: readonly DiskEntry[]): readonly DiskEntry[] {
  return entries.filter(({ name }) => !LEFT_BEHIND.test(name)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
