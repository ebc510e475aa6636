// What a run left to look at: its events, sorted by what they show.
import type { JsonRecord, Picture, RunEvent } from '../../core/events.ts';

export interface Evidence {
  readonly rows: readonly Picture[];
  readonly weights: readonly Picture[];
  readonly mistakes: readonly Picture[];
  readonly curves: readonly Curve[];
  readonly histories: readonly History[];
  readonly coefficients: readonly Coefficients[];
}

/** The largest weights of one model, largest first. */
export type Coefficients = Extract<RunEvent, { type: 'coefficients' }>;

/** How a model of two classes does at every threshold, or one of several classes for one of them. */
export type Curve = Extract<RunEvent, { type: 'curve' }>;

export interface History {
  readonly stage: string;
  readonly models: readonly { readonly model: string; readonly loss: readonly number[] }[];
}

export function evidenceOf(events: readonly RunEvent[]): Evidence {
  const pictures = (of: 'row' | 'weights' | 'mistake'): Picture[] => {
    const found = events.flatMap((event) => (event.type === 'picture' && event.of === of ? [event] : []));
    const stages = new Set(found.map(({ stage }) => stage));
    // Of several branches each says whose picture it is.
    return found.map(({ stage, picture }) => (stages.size > 1 ? { ...picture, caption: `${branchOf(stage)}: ${picture.caption}` } : picture));
  };
  return {
    rows: pictures('row'),
    weights: pictures('weights'),
    mistakes: pictures('mistake'),
    curves: events.filter((event) => event.type === 'curve'),
    histories: historiesOf(events),
    coefficients: events.filter((event) => event.type === 'coefficients'),
  };
}

/** One history a stage: one that trains again and again, such as a grid that is walked by warm starts, sends one each time. */
function historiesOf(events: readonly RunEvent[]): readonly History[] {
  const models = new Map<string, History['models'][number][]>();
  for (const event of events) if (event.type === 'history') models.set(event.stage, [...(models.get(event.stage) ?? []), ...event.models]);
  return [...models].map(([stage, found]) => ({ stage, models: found }));
}

/** `tame` of `tame/fit`; a stage that is in no branch goes by its own name. */
function branchOf(stage: string): string {
  return stage.slice(0, stage.lastIndexOf('/')) || stage;
}

/** Labels of a confusion matrix's classes, as the stage's output has them. */
export function namesOf({ classes }: JsonRecord, count: number): readonly string[] {
  return Array.isArray(classes) && classes.length === count ? classes.map(String) : Array.from({ length: count }, (_, code) => String(code));
}
