// What an estimator that is made of others has from them: a member's parameters under its name, as `a.C`, its code, what it takes and
// whether it draws.
import { PipelineError } from '../../core/errors/errors.ts';
import type { Json, JsonRecord } from '../../core/events.ts';
import { childSeed } from '../../core/seed.ts';
import type { TargetKind } from '../../core/data/dataset.ts';
import type { RandomState } from '../../core/data/random.ts';
import type { Estimator, Job, Kind, Model, Predictor, Takes } from '../../dsl/estimator.ts';
import { aKind, targetByKind } from '../../dsl/kind.ts';
import { parseParams, z } from '../../dsl/params.ts';
import { callerPlace } from '../../dsl/place.ts';
import { checkEstimator } from '../../dsl/stage/checkOwn.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { codeOfSteps } from '../chain/transformers.ts';

/** Estimators by name, whatever their parameters. */
export type Members<M extends Predictor = Predictor, T extends TargetKind = TargetKind> = Readonly<Record<string, Estimator<M, never, T>>>;

/** Their models, by the same names. */
export type ModelsOf<E> = { readonly [K in keyof E]: E[K] extends Estimator<infer M extends Model, infer _P, infer _T extends TargetKind> ? M : never };

type ParamsOf<One> = One extends Estimator<infer _M extends Model, infer P, infer _T extends TargetKind> ? P : never;
type NamesOf<E> = { [K in keyof E & string]: `${K}.${keyof ParamsOf<E[K]> & string}` }[keyof E & string];
type ParamAt<E, Name> = Name extends `${infer K extends keyof E & string}.${infer Q}` ? (Q extends keyof ParamsOf<E[K]> ? ParamsOf<E[K]>[Q] : never) : never;

/** Parameters of members by their names in the combination: `{ 'a.C': number }`. */
export type MemberParams<E> = { [Name in NamesOf<E>]: ParamAt<E, Name> };

/** What a job sets: of the combination, and of each member. */
export interface Told<P> {
  readonly own: P;
  readonly ofMembers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface Combination<S extends z.ZodObject> {
  /** As users write it: `votingClassifier`. */
  readonly name: string;
  /** Absent for classifiers. */
  readonly kind?: Kind;
  readonly members: Members;
  /** Those of them that see the rows; default all. */
  readonly readers?: readonly string[];
  /** Parameters of the combination itself. */
  readonly schema: S;
  readonly options: object;
  /** The same with other members or options. */
  readonly rebuild: (members: never, options: never) => object;
}

/** All of an estimator but how it trains, and how a job's parameters are told apart. */
export function combination<S extends z.ZodObject>({ name, kind, members, readers = Object.keys(members), schema, options, rebuild }: Combination<S>) {
  const own = parseParams(name, schema, options);
  const each = Object.entries(members);
  const seeing = readers.map((one) => members[one]!);
  const captured = each.flatMap(([member, one]) => Object.entries(one.captured ?? {}).map(([key, value]) => [`${member}.${key}`, value] as const));
  const shapeOf = (of: (one: Estimator) => z.ZodObject | undefined) => ({
    ...schema.shape,
    ...Object.fromEntries(each.flatMap(([member, one]) => Object.entries(of(one as never)?.shape ?? {}).map(([param, type]) => [`${member}.${param}`, type]))),
  });
  const told = ({ params }: Pick<Job<never>, 'params'>): Told<z.output<S>> => {
    const { ownParams, ofMembers } = toldApart(params ?? {}, members);
    return { own: Object.keys(ownParams).length === 0 ? own : parseParams(name, schema, { ...options, ...ownParams }), ofMembers };
  };
  const draws = 'seed' in schema.shape && (own as { readonly seed?: number }).seed === undefined;
  const estimator: Omit<Estimator<Predictor, never>, 'train' | 'partialFit'> = {
    name: `${name}(${each.map(([, one]) => one.name).join(', ')})`,
    ...(kind ? { kind } : {}),
    params: {
      ...given(own),
      estimators: Object.fromEntries(each.map(([member, one]): [string, Json] => [member, one.name])),
      ...Object.fromEntries(each.flatMap(([member, one]) => Object.entries(one.params).map(([param, value]) => [`${member}.${param}`, value]))),
    },
    code: codeOfSteps(Object.values(members) as never),
    captured: captured.length > 0 ? Object.fromEntries(captured) : undefined,
    takes: takenByAll(seeing),
    jobParams: z.strictObject(shapeOf((one) => one.jobParams)),
    configurable: {
      schema: z.strictObject(shapeOf((one) => one.configurable?.schema)),
      rebuild(overrides) {
        const { ownParams, ofMembers } = toldApart(overrides, members);
        const others = each.map(([member, one]) => [
          member,
          Object.keys(ofMembers[member]!).length === 0 ? one : one.configurable!.rebuild(ofMembers[member]!),
        ]);
        return rebuild(Object.fromEntries(others) as never, { ...options, ...ownParams } as never) as never;
      },
    },
    seeded: draws || each.some(([, one]) => one.seeded) ? true : undefined,
    plan(train, jobs) {
      const asked = jobs.map((job) => ({ ...told(job), positive: job.positive }));
      for (const member of readers) {
        members[member]!.plan?.(
          train,
          asked.map(({ ofMembers, positive }) => ({ params: ofMembers[member] as never, positive })),
        );
      }
      return { type: 'model', estimator: name, cols: train.cols, columns: train.columns, ...(kind ? { kind } : { classes: train.classes }) };
    },
  };
  return { estimator, told };
}

/** The same of what is made of a single estimator. */
export function combinationOf<S extends z.ZodObject>(
  about: Pick<Combination<S>, 'name' | 'kind' | 'schema' | 'options'>,
  estimator: Members[string],
  make: (estimator: never, options: never) => object,
) {
  checkMember(about.name, estimator, about.kind === 'regressor' ? 'regressor' : 'classifier');
  return combination({ ...about, members: { estimator }, rebuild: (others: Members, options: never) => make(others['estimator'] as never, options) });
}

function toldApart(params: object, members: Members) {
  const ownParams: Record<string, unknown> = {};
  const ofMembers: Record<string, Record<string, unknown>> = Object.fromEntries(Object.keys(members).map((member) => [member, {}]));
  for (const [name, value] of Object.entries(params)) {
    const [member, ...rest] = name.split('.') as [string, ...string[]];
    if (rest.length > 0 && ofMembers[member]) ofMembers[member][rest.join('.')] = value;
    else ownParams[name] = value;
  }
  return { ownParams, ofMembers };
}

function given(params: object): JsonRecord {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined)) as JsonRecord;
}

function takenByAll(members: readonly Pick<Estimator, 'takes'>[]): readonly Takes[] | undefined {
  const taken = (['gaps', 'categories'] as const).filter((one) => members.every(({ takes }) => takes?.includes(one)));
  return taken.length > 0 ? taken : undefined;
}

/** A member draws from a seed of its own: two equal forests in one combination are not the same forest. */
export function contextFor(member: string, context: StageContext): StageContext {
  return { ...context, seed: () => childSeed(context.seed(), member) };
}

/** A value for each seed that jobs may set, drawn as scikit-learn draws those of a copy of the estimator. */
export function seedsFrom({ jobParams }: Pick<Estimator, 'jobParams'>, random: RandomState): Readonly<Record<string, number>> {
  const seeds = Object.keys(jobParams?.shape ?? {}).filter((name) => /(^|\.)seed$/.test(name));
  return Object.fromEntries(seeds.toSorted().map((name) => [name, random.interval(2 ** 31 - 2)]));
}

/** @throws E_USAGE for what is no record of estimators of a kind, each under a name that parameters can be prefixed with */
export function checkMembers(owner: string, members: unknown, kind: Kind, reserved: readonly string[] = []): void {
  const refused = (message: string, hint: string): PipelineError => new PipelineError('E_USAGE', `${owner}: ${message}`, { at: callerPlace(), hint });
  const example = kind === 'classifier' ? '{ a: logisticRegression(), b: gaussianNB() }' : '{ a: ridge(), b: kNeighborsRegressor() }';
  if (members === null || typeof members !== 'object' || Array.isArray(members) || Object.keys(members).length === 0) {
    throw refused('estimators by name are needed.', `Write ${owner}(${example}).`);
  }
  for (const [name, one] of Object.entries(members)) {
    // A record has its whole numbers first, and not in the order in which they are written.
    if (/^(\d*|.*\..*)$/.test(name) || reserved.includes(name)) {
      throw refused(`'${name}' cannot be the name of an estimator.`, `Write a word without dots: ${owner}(${example}).`);
    }
    checkMember(owner, one, kind);
  }
}

/** @throws E_USAGE for what is no estimator of the kind */
export function checkMember(owner: string, one: unknown, kind: Kind): void {
  checkEstimator(owner, one);
  const { name, kind: arrived = 'classifier' } = one as Estimator;
  if (arrived === kind) return;
  throw new PipelineError('E_USAGE', `${owner}: ${name} is ${aKind(arrived)}; ${aKind(kind)} is needed.`, {
    at: callerPlace(),
    hint: `Give it an estimator that learns ${{ classes: 'classes', values: 'values', indicators: 'several labels', none: 'no target' }[targetByKind[kind]]}.`,
  });
}
