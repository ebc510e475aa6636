// Whole numbers as people read them, in output, captions and pages alike.

/** 70000 -> 70 000, with narrow spaces that no line breaks at. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}
