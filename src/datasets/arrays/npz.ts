// Several arrays in one file, as numpy.savez writes them: a zip archive with a .npy file for each.
import { didYouMean } from '../../core/errors/didYouMean.ts';
import { PipelineError } from '../../core/errors/errors.ts';
import type { Slices } from '../../core/files.ts';
import { COPY, Damaged } from '../../formats/bytes/damaged.ts';
import { placeOf, type FileLike } from '../../formats/bytes/open.ts';
import { openSlices, otherKind } from '../../formats/bytes/slices.ts';
import { zipBytes, zipEntries } from '../../formats/bytes/zip.ts';
import { readNpy } from './npy.ts';
import type { ArrayFile } from './ndArray.ts';

/**
 * One array of a `.npz` file of numpy, packed (`numpy.savez_compressed`) or not.
 *
 * @param file path relative to the source file that names it, a URL, bytes, or in a page a `File`
 * @param name of the array, as `numpy.savez(file, x=x)` calls it
 * @throws when it is read: E_FETCH, or E_DATA for a name that is not there, and for what {@link npy} refuses
 * @example
 * fetch(arrays({ x: npz('digits.npz', 'x'), labels: npz('digits.npz', 'y') }));
 */
export function npz(file: FileLike, name: string): ArrayFile {
  const place = placeOf('npz', file);
  const called = `${place.name}, array '${name}',`;
  return {
    name: place.name,
    params: { format: 'npz', name },
    ...(place.at instanceof URL && place.at.protocol === 'file:' ? { files: [place.at] } : {}),
    async read(options) {
      const slices = await openSlices(place, options);
      try {
        return readNpy(called, await entryOf(place.name, slices, name));
      } catch (error) {
        if (!(error instanceof Damaged)) throw error;
        throw new PipelineError('E_DATA', `${place.name} is damaged: ${error.message}.`, { hint: COPY, cause: error });
      } finally {
        await slices.close();
      }
    },
  };
}

async function entryOf(file: string, slices: Slices, name: string): Promise<Uint8Array> {
  const first = await slices.slice(0, 4);
  if (String.fromCharCode(...first.subarray(0, 2)) !== 'PK') {
    if (slices.size === 0) throw new PipelineError('E_DATA', `${file} is empty.`, { hint: 'Name a file that numpy.savez wrote.' });
    throw otherKind(file, first, 'archive of arrays', first[0] === 0x93 ? 'Read it with npy(file).' : 'Save it by numpy.savez.');
  }
  const entries = await zipEntries(slices);
  const entry = entries.find((one) => one.name === `${name}.npy`);
  if (entry) return zipBytes(slices, entry);
  const names = entries.map((one) => one.name.replace(/\.npy$/, ''));
  throw new PipelineError('E_DATA', `${file} has no array '${name}'.`, { hint: didYouMean(name, names.slice(0, 50), 'Arrays') });
}
