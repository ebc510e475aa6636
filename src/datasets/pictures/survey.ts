// What the pictures of a folder are, as far as they say themselves: nothing is decoded.
import type { Disk } from '../../core/files.ts';
import { kindOf, ofPicture, type PictureKind } from './decode.ts';
import { pictureFolder } from './folder.ts';
import { jpegHead } from './jpegHead.ts';
import { pngHead } from './pngHead.ts';

export interface PicturesSummary {
  readonly name: string;
  readonly pictures: number;
  readonly classes: readonly { readonly name: string; readonly pictures: number }[];
  readonly kinds: { readonly png: number; readonly jpeg: number };
  /** Most frequent first. */
  readonly sizes: readonly { readonly width: number; readonly height: number; readonly pictures: number }[];
  /** Pictures without colors. */
  readonly grey: number;
  /** Pictures that may have pixels that are not opaque. */
  readonly alpha: number;
}

/** @param base URL of the folder, with a slash at its end @throws E_FETCH, E_DATA as reading the pictures would */
export async function summaryOfPictures(name: string, base: URL, disk: Disk): Promise<PicturesSummary> {
  const { classNames, files } = await pictureFolder(name, base, disk);
  const sizes = new Map<string, { readonly width: number; readonly height: number; pictures: number }>();
  const kinds = { png: 0, jpeg: 0 };
  let [grey, alpha] = [0, 0];
  for (const file of files) {
    const bytes = (await disk.read(file.at)) ?? new Uint8Array();
    const kind = kindOf(file.name, bytes);
    kinds[kind]++;
    const head = headOf(file.name, kind, bytes);
    const key = `${head.width} ${head.height}`;
    if (!sizes.has(key)) sizes.set(key, { width: head.width, height: head.height, pictures: 0 });
    sizes.get(key)!.pictures++;
    if (head.grey) grey++;
    if (head.alpha) alpha++;
  }
  return {
    name,
    pictures: files.length,
    classes: classNames.map((own, label) => ({ name: own, pictures: files.filter((file) => file.label === label).length })),
    kinds,
    sizes: [...sizes.values()].toSorted((a, b) => b.pictures - a.pictures),
    grey,
    alpha,
  };
}

interface Head {
  readonly width: number;
  readonly height: number;
  readonly grey: boolean;
  readonly alpha: boolean;
}

function headOf(name: string, kind: PictureKind, bytes: Uint8Array): Head {
  try {
    if (kind === 'png') return pngHead(bytes);
    const { width, height, grey, orientation } = jpegHead(bytes);
    // From 5 on, a picture lies on its side.
    return { width: orientation < 5 ? width : height, height: orientation < 5 ? height : width, grey, alpha: false };
  } catch (cause) {
    throw ofPicture(name, cause);
  }
}
