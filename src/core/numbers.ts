// Whole numbers as people read them, in output, captions and pages alike.

/** 70000 -> 70 000, with narrow spaces that no line breaks at. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}

/** Seconds since 1970 as ISO 8601 in UTC, without a time at midnight: `2012-01-31`, `2012-01-31T13:30:00`. */
export function dateText(seconds: number): string {
  if (!(Math.abs(seconds) <= 8.64e12)) return String(seconds); // beyond all dates
  return new Date(seconds * 1000).toISOString().replace(/(T00:00:00)?\.\d+Z$/, '');
}
