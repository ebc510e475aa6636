// Asks the API of OpenML what a name or an id stands for: which version, where its file is, what is to be learned of it. The API finds
// whole names alone, whatever their capitals, and knows none that are near.
import { PipelineError, reasonOf } from '../../core/errors/errors.ts';
import type { FoundFile } from '../../datasets/lock.ts';
import { z } from '../../dsl/params.ts';

/** What is asked for. */
export interface Asked {
  readonly id?: number | undefined;
  readonly name?: string | undefined;
  readonly version?: number | undefined;
  readonly format: 'arff' | 'parquet';
}

/** What the lock file keeps of a data set beside its address. */
export const FACTS = z.object({
  id: z.number(),
  name: z.string(),
  version: z.number(),
  /** Columns to learn, as OpenML says; several for several labels a row. */
  targets: z.array(z.string()),
  /** Columns that number the rows, or are to be ignored. */
  leftOut: z.array(z.string()),
});
export type Facts = z.output<typeof FACTS>;

/** The API gives some numbers as texts. */
const whole = z.union([z.number(), z.string()]).transform(Number);
const LISTED = z.object({ data: z.object({ dataset: z.array(z.object({ did: whole, version: whole })) }) });
/** One, or several. */
const names = z
  .union([z.string(), z.array(z.string())])
  .optional()
  .transform((given) => [given ?? []].flat().flatMap((one) => one.split(',')));
const DESCRIBED = z.object({
  data_set_description: z.object({
    id: whole,
    name: z.string(),
    version: whole,
    status: z.string().optional(),
    url: z.string(),
    parquet_url: z.string().optional(),
    md5_checksum: z.string().optional(),
    default_target_attribute: names,
    row_id_attribute: names,
    ignore_attribute: names,
    error: z.unknown().optional(),
    warning: z.unknown().optional(),
  }),
});
const FEATURES = z.object({
  data_features: z.object({
    feature: z.array(z.object({ name: z.string(), is_target: z.string(), is_ignore: z.string(), is_row_identifier: z.string() })),
  }),
});

/**
 * @param api for example `https://www.openml.org/api/v1/json`
 * @param download undefined where there is nothing
 * @throws E_FETCH where OpenML knows no such data set, or does not answer
 */
export async function lookUp(asked: Asked, api: string, download: (url: string) => Promise<Uint8Array | undefined>): Promise<FoundFile<Facts>> {
  const ask = async <S extends z.ZodType>(path: string, shape: S): Promise<z.output<S> | undefined> => {
    const url = `${api.replace(/\/+$/, '')}/data/${path}`;
    const bytes = await download(url);
    if (!bytes) return undefined;
    try {
      return shape.parse(JSON.parse(new TextDecoder().decode(bytes)));
    } catch (cause) {
      const why = cause instanceof SyntaxError ? reasonOf(cause) : 'fields are missing';
      throw new PipelineError('E_FETCH', `${url} answers with something else than OpenML does: ${why}.`, { hint: 'Look at what it says in a browser.', cause });
    }
  };
  const list = async (filter: string): Promise<z.output<typeof LISTED>['data']['dataset']> => {
    const found = await ask(`list/data_name/${encodeURIComponent(asked.name!.toLowerCase())}/limit/100/${filter}`, LISTED);
    return found?.data.dataset ?? [];
  };
  const candidates = asked.id === undefined ? await versionsOf(asked, list) : [{ did: asked.id, version: undefined }];
  const [chosen, ...others] = candidates;
  const described = await ask(String(chosen!.did), DESCRIBED);
  if (!described) {
    const hint = 'Ids are in the addresses of https://www.openml.org/search?type=data&id=61.';
    throw new PipelineError('E_FETCH', `OpenML has no data set of id ${chosen!.did}.`, { hint });
  }
  const { id, name, version, status, url, parquet_url: parquetUrl, md5_checksum: md5, ...more } = described.data_set_description;
  // What is said of the columns one by one is more reliable than the description; new data sets have only that.
  const features = (await ask(`features/${id}`, FEATURES))?.data_features.feature;
  const targets = features?.filter((one) => one.is_target === 'true').map((one) => one.name) ?? more.default_target_attribute;
  const leftOut = features?.filter((one) => one.is_ignore === 'true' || one.is_row_identifier === 'true').map((one) => one.name) ?? [
    ...more.row_id_attribute,
    ...more.ignore_attribute,
  ];
  const at = asked.format === 'parquet' ? parquetUrl : url;
  if (!at) throw new PipelineError('E_FETCH', `OpenML has no Parquet file of ${name} (id ${id}).`, { hint: "Leave format out: it has it as 'arff'." });
  return {
    url: at.replace(/^http:(?!\/\/(localhost|127\.))/, 'https:'),
    facts: { id, name, version, targets, leftOut: leftOut.filter((one) => !targets.includes(one)) },
    md5: asked.format === 'arff' ? md5 : undefined,
    note: [
      `It is ${name}, version ${version} (id ${id}).`,
      ...(others.length > 0 ? [`OpenML has other data under this name: version ${others.map((one) => `${one.version} (id ${one.did})`).join(', ')}.`] : []),
      ...(status !== undefined && status !== 'active' ? [`Its status is ${status}: something is wrong with it.`] : []),
      ...[more.error, more.warning]
        .filter((one) => one !== undefined)
        .map((one) => `OpenML warns of it: ${typeof one === 'string' ? one : JSON.stringify(one)}`),
    ].join(' '),
  };
}

/** Those that a name stands for, the one to take first: of the active ones the oldest, as scikit-learn does. */
async function versionsOf(
  { name, version }: Asked,
  list: (filter: string) => Promise<readonly { readonly did: number; readonly version: number }[]>,
): Promise<readonly { readonly did: number; readonly version: number }[]> {
  const active = version === undefined ? await list('status/active') : await list(`data_version/${version}`);
  if (active.length > 0) return active;
  const inactive = await list(`${version === undefined ? '' : `data_version/${version}/`}status/deactivated`);
  if (inactive.length > 0 && version !== undefined) return inactive;
  const called = `called '${name}'${version === undefined ? '' : ` of version ${version}`}`;
  const hint =
    inactive.length > 0
      ? `It has a deactivated one, with which something is wrong: openml({ name: '${name}', version: ${inactive[0]!.version} }).`
      : 'Names are found whole or not at all: look it up on https://www.openml.org/search?type=data, and give its id.';
  throw new PipelineError('E_FETCH', `OpenML has no active data set ${called}.`, { hint });
}
