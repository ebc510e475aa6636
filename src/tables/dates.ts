// Parses dates and turns them into numbers. Nothing is guessed: 01.02.2012 can be either of two days, and a format says which.
import { PipelineError } from '../core/errors/errors.ts';

export const DATE_PARTS = ['year', 'month', 'day', 'weekday', 'dayOfYear', 'hour', 'unix'] as const;
export type DatePart = (typeof DATE_PARTS)[number];

const FIELDS = { YYYY: '\\d{4}', MM: '\\d{1,2}', DD: '\\d{1,2}', HH: '\\d{1,2}', mm: '\\d{2}', ss: '\\d{2}' } as const;
const ISO =
  /^(?<YYYY>\d{4})-(?<MM>\d{2})-(?<DD>\d{2})(?:[T ](?<HH>\d{2}):(?<mm>\d{2})(?::(?<ss>\d{2}(?:\.\d+)?))?(?:Z|(?<zone>[+-]\d{2}):?(?<minutes>\d{2}))?)?$/;

/** Milliseconds since 1970; undefined for a text that is not a date in that format. */
export type ReadDate = (text: string) => number | undefined;

/** @throws E_PARAMS for a format without year, month and day */
export function dateReader(format: string | undefined): ReadDate {
  const pattern = format === undefined ? ISO : patternOf(format);
  return (text) => {
    const parts = pattern.exec(text.trim())?.groups as Readonly<Record<string, string | undefined>> | undefined;
    if (!parts) return undefined;
    const [year, month, day, hour, minute] = ['YYYY', 'MM', 'DD', 'HH', 'mm'].map((part) => Number(parts[part] ?? 0)) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const seconds = Number(parts['ss'] ?? 0);
    const at = new Date(0);
    at.setUTCFullYear(year, month - 1, day);
    // What does not exist would be the next that does.
    if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day || hour > 23 || minute > 59 || seconds >= 60) return undefined;
    const zone = parts['zone'] === undefined ? 0 : Number(`${parts['zone'][0]}1`) * (Math.abs(Number(parts['zone'])) * 60 + Number(parts['minutes']));
    return at.getTime() + (hour * 60 + minute - zone) * 60_000 + seconds * 1000;
  };
}

function patternOf(format: string): RegExp {
  const seen: string[] = [];
  const pattern = format.replaceAll(/YYYY|MM|DD|HH|mm|ss|[\s\S]/g, (part) => {
    if (!Object.hasOwn(FIELDS, part)) return part.replace(/[.*+?^${}()|[\]\\/-]/, '\\$&');
    seen.push(part);
    return `(?<${part}>${FIELDS[part as keyof typeof FIELDS]})`;
  });
  const needed = ['YYYY', 'MM', 'DD'];
  if (needed.every((part) => seen.includes(part)) && new Set(seen).size === seen.length) return new RegExp(`^${pattern}$`);
  throw new PipelineError('E_PARAMS', `date: format is '${format}'; YYYY, MM and DD are needed, each once.`, { hint: "Write it as in 'DD.MM.YYYY HH:mm'." });
}

/** A part of a moment, in UTC. */
export function datePart(part: DatePart, time: number): number {
  const at = new Date(time);
  switch (part) {
    case 'year':
      return at.getUTCFullYear();
    case 'month':
      return at.getUTCMonth() + 1;
    case 'day':
      return at.getUTCDate();
    case 'weekday':
      return (at.getUTCDay() + 6) % 7;
    case 'dayOfYear':
      return Math.floor((time - Date.UTC(at.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
    case 'hour':
      return at.getUTCHours();
    case 'unix':
      return time / 1000;
  }
}
