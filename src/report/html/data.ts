// What a run left to look at: its events, sorted by what they show.
import type { AdapterSummary, JsonRecord, MistakeKind, Picture, RunEvent } from '../../core/events.ts';
import type { RunRecord } from '../../core/runRecord.ts';
import type { Chart } from '../figures/kinds.ts';
import { adapterText } from '../terminal/format.ts';

export interface Evidence {
  readonly rows: readonly Shown[];
  readonly weights: readonly Shown[];
  readonly mistakes: readonly Shown[];
  /** Of tables: rows that were predicted wrong. */
  readonly wrong?: readonly Extract<RunEvent, { type: 'mistakes' }>[];
  readonly data?: readonly Extract<RunEvent, { type: 'data' }>[];
  /** Of data that are pictures. */
  readonly firstPictures?: readonly Shown[];
  /** Those that stages of one's own made. */
  readonly figures: readonly Figure[];
  readonly curves: readonly Curve[];
  readonly histories: readonly History[];
  readonly coefficients: readonly Coefficients[];
  readonly residuals: readonly Residuals[];
  readonly components: readonly Components[];
  readonly importances?: readonly Importances[];
  readonly balances?: readonly Balance[];
  readonly silhouettes?: readonly Silhouette[];
}

export type Residuals = Extract<RunEvent, { type: 'residuals' }>;
export type Components = Extract<RunEvent, { type: 'components' }>;
export type Importances = Extract<RunEvent, { type: 'importances' }>;
export type Balance = Extract<RunEvent, { type: 'balance' }>;
export type Silhouette = Extract<RunEvent, { type: 'silhouette' }>;

/** A picture, and which stage made it. */
export interface Shown extends Picture {
  readonly stage: string;
  readonly mistake?: MistakeKind | undefined;
}

/** The largest weights of one model, largest first. */
export type Coefficients = Extract<RunEvent, { type: 'coefficients' }>;

/** A chart, or pictures, of a stage. */
export type Figure = { readonly stage: string } & ({ readonly chart: Chart } | { readonly picture: Picture });

/** How a model of two classes does at every threshold, or one of several classes for one of them. */
export type Curve = Extract<RunEvent, { type: 'curve' }>;

export interface History {
  readonly stage: string;
  readonly models: readonly { readonly model: string; readonly loss: readonly number[] }[];
}

export function evidenceOf(events: readonly RunEvent[]): Evidence {
  const pictures = (of: Extract<RunEvent, { type: 'picture' }>['of']): Shown[] =>
    events.flatMap((event) => (event.type === 'picture' && event.of === of ? [{ ...event.picture, stage: event.stage, mistake: event.mistake }] : []));
  return {
    rows: pictures('row'),
    weights: pictures('weights'),
    mistakes: pictures('mistake'),
    figures: events.flatMap((event): readonly Figure[] => {
      if (event.type === 'figure') return [{ stage: event.stage, chart: event.chart as unknown as Chart }];
      return event.type === 'picture' && event.of === 'figure' ? [event] : [];
    }),
    wrong: events.filter((event) => event.type === 'mistakes'),
    data: events.filter((event) => event.type === 'data'),
    firstPictures: pictures('data'),
    curves: events.filter((event) => event.type === 'curve'),
    histories: historiesOf(events),
    coefficients: events.filter((event) => event.type === 'coefficients'),
    residuals: events.filter((event) => event.type === 'residuals'),
    components: events.filter((event) => event.type === 'components'),
    importances: events.filter((event) => event.type === 'importances'),
    balances: events.filter((event) => event.type === 'balance'),
    silhouettes: events.filter((event) => event.type === 'silhouette'),
  };
}

/** One history a stage: one that trains again and again, such as a grid that is walked by warm starts, sends one each time. */
function historiesOf(events: readonly RunEvent[]): readonly History[] {
  const models = new Map<string, History['models'][number][]>();
  for (const event of events) if (event.type === 'history') models.set(event.stage, [...(models.get(event.stage) ?? []), ...event.models]);
  return [...models].map(([stage, found]) => ({ stage, models: found }));
}

/** Where several stages made pictures, each says whose it is. */
export function captioned(pictures: readonly Shown[]): readonly Picture[] {
  const several = new Set(pictures.map(({ stage }) => stage)).size > 1;
  return several ? pictures.map((picture) => ({ ...picture, caption: `${branchOf(picture.stage)}: ${picture.caption}` })) : pictures;
}

/** `tame` of `tame/fit`; a stage that is in no branch goes by its own name. */
function branchOf(stage: string): string {
  const end = stage.lastIndexOf('/');
  return end < 0 ? stage : stage.slice(0, end);
}

/** Labels of a confusion matrix's classes, as the stage's output has them. */
export function namesOf({ classes }: JsonRecord, count: number): readonly string[] {
  return Array.isArray(classes) && classes.length === count ? classes.map(String) : Array.from({ length: count }, (_, code) => String(code));
}

/** Where the figures were computed: in this run, or in the earlier ones that the cache has them from. */
export function adaptersOf({ adapter, stages }: RunRecord): readonly AdapterSummary[] {
  const all = [...(adapter ? [adapter] : []), ...stages.flatMap(({ computed }) => computed?.adapter ?? [])];
  return [...new Map(all.map((one) => [adapterText(one), one])).values()];
}
