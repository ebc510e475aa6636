// shift_rows.wgsl over plain lists: a picture, byte by byte.

/** @param mask which bytes come from the picture @param step how many bytes further they come to be */
export function shiftRowsReference(picture: ArrayLike<number>, mask: ArrayLike<number>, step: number): Float64Array {
  return Float64Array.from({ length: picture.length }, (_, at) => (picture[at - step] ?? 0) & mask[at]!);
}
