// Colours of charts: CSS variables, so that light, dark and print are told in a page's style, each with what stands in for it where
// nothing defines it, as in a file of its own. ECharts knows no variables, and draws with stand-ins that are replaced.

/** Told apart by eyes that see few colours, and three times as dark as white paper (Okabe and Ito, darkened). */
const SERIES = ['#0072b2', '#d55e00', '#008a64', '#b5579b', '#8a6800', '#5b3f99'] as const;

const VARIABLES = {
  text: ['text', '#1c2024'],
  quiet: ['quiet', '#60646c'],
  line: ['line', '#d9dce1'],
  paper: ['paper', '#ffffff'],
  ...Object.fromEntries(SERIES.map((light, i) => [`series${i}`, [`chart-${i + 1}`, light] as const])),
} as const satisfies Readonly<Record<string, readonly [variable: string, light: string]>>;

const NAMES = Object.keys(VARIABLES);
const standIn = (at: number): string => `#f00d${at.toString(16).padStart(2, '0')}`;
const named = (name: string): string => standIn(NAMES.indexOf(name));

export const TEXT = named('text');
export const QUIET = named('quiet');
export const LINE = named('line');
export const PAPER = named('paper');

/** The colour of a series by its position; they come round again. */
export function seriesColour(at: number): string {
  return named(`series${at % SERIES.length}`);
}

/** The value that a stand-in is for, for a style; undefined for any other colour. */
export function variableOf(colour: string): string | undefined {
  const at = NAMES.findIndex((_, i) => standIn(i) === colour);
  if (at < 0) return undefined;
  const [variable, light] = Object.values(VARIABLES)[at]!;
  return `var(--${variable},${light})`;
}
