// Rows of a table while they arrive: each column's cells go where its role needs them, and become a dataset at the end.
import { codedLabels } from '../core/data/classNames.ts';
import type { ClassName, Rows } from '../core/data/dataset.ts';
import { matrix, type Categories } from '../core/data/matrix.ts';
import { PipelineError } from '../core/errors/errors.ts';
import type { RowsFile } from '../core/files.ts';
import type { CellSink, RowSink, TableNotes } from '../formats/format.ts';
import type { Column, ColumnKind, ColumnOptions, Schema } from './columns.ts';
import { datePart, type DatePart } from './dates.ts';
import { FeatureRows, Growing } from './rows.ts';
import { booleanSink, dateSink, isNumber, Names, nameSink, numberSink, type WithoutValue } from './sinks.ts';

/** A feature made from a column. */
export interface Output {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Whether it is seconds since 1970. */
  readonly moment: boolean;
}

/** Features that a schema gives, in their order. */
export function outputsOf(schema: Schema): readonly Output[] {
  return Object.entries(schema).flatMap(([name, { role, kind, options }]) => {
    if (role !== 'feature') return [];
    const { parts } = options as { readonly parts?: readonly DatePart[] };
    return parts ? parts.map((part) => ({ name: `${name}_${part}`, kind, moment: part === 'unix' })) : [{ name, kind, moment: kind === 'date' }];
  });
}

export class Reading {
  readonly #name: string;
  readonly #schema: Schema;
  readonly #csv: boolean;
  readonly #file: RowsFile | undefined;
  #features: FeatureRows;
  readonly #outputs: readonly Output[];
  /** Names of each feature that has some. */
  readonly #names: (Names | undefined)[] = [];
  readonly #labels = new Growing(new Uint32Array());
  #labelNames = new Names(undefined);
  /** Those of the schema. */
  #knownLabels: readonly string[] | undefined;
  readonly #groups = new Growing(new Uint32Array());
  readonly #groupNames = new Names(undefined);
  #grouped = false;
  readonly #values: Growing<Float64Array>[] = [];
  readonly #weights = new Growing(new Float64Array());
  #weighted = false;
  #labelled = false;
  /** Labels are 1 for numbers above a limit, else 0. */
  #cut = false;
  readonly #kept = new Growing(new Uint32Array());
  /** The row being read has no target. */
  #dropped = false;
  #rows = 0;

  /**
   * @param csv whether it is read by `csv(...)`, for cures
   * @param file for features that there is no room for in memory
   */
  constructor(name: string, schema: Schema, csv = false, file?: RowsFile) {
    this.#name = name;
    this.#schema = schema;
    this.#csv = csv;
    this.#file = file;
    this.#outputs = outputsOf(schema);
    this.#features = new FeatureRows(this.#outputs.length, 0, file);
  }

  /**
   * @param columns of the file
   * @param about estimate of how many rows it will have, if known
   * @param notes what the file says of its columns besides
   */
  open(columns: readonly string[], about?: number, notes?: TableNotes): RowSink {
    this.#features = new FeatureRows(this.#outputs.length, about, this.#file);
    const sinks = new Map<string, CellSink>();
    let next = 0;
    for (const [name, column] of Object.entries(this.#schema)) {
      if (column.role === 'feature') {
        const names = notes?.names ?? {};
        sinks.set(name, this.#feature(column, next, Object.hasOwn(names, name) ? names[name] : undefined));
        next += outputsOf({ [name]: column }).length;
      } else sinks.set(name, this.#other(column));
    }
    return { cells: columns.map((name) => sinks.get(name)), endRow: () => this.#endRow() };
  }

  #endRow(): void {
    this.#features.endRow();
    if (!this.#dropped) this.#kept.push(this.#rows);
    this.#dropped = false;
    this.#rows++;
  }

  #feature({ kind, options }: Column, at: number, order: readonly string[] | undefined): CellSink {
    const features = this.#features;
    const put = (value: number): void => features.set(at, value);
    const { invalid } = options;
    const common = { without: 'missing', drop: () => {}, put, invalid } as const;
    switch (kind) {
      case 'number':
        return numberSink({ called: 'number', csv: this.#csv, ...common });
      case 'category': {
        const { names: known = order } = options as { readonly names?: readonly string[] };
        const names = new Names(known);
        this.#names[at] = names;
        return nameSink({ called: 'category', names, known, ...common });
      }
      case 'boolean':
        return booleanSink(put, options);
      case 'date':
        return dateSink(
          datePuts(options, (i, value) => features.set(at + i, value)),
          options,
        );
    }
  }

  #other({ role, options }: Column): CellSink {
    const without: WithoutValue = options['missing'] === 'drop' ? 'drop' : 'refuse';
    const drop = (): void => void (this.#dropped = true);
    if (role === 'label') {
      this.#labelled = true;
      const { above, names: known } = options as { readonly above?: number; readonly names?: readonly string[] };
      if (above !== undefined) {
        this.#cut = true;
        return numberSink({ called: 'label', csv: this.#csv, without, drop, put: (value) => this.#labels.push(value > above ? 1 : 0) });
      }
      this.#labelNames = new Names(known);
      this.#knownLabels = known;
      return nameSink({ called: 'label', without, drop, put: (code) => this.#labels.push(code), names: this.#labelNames, known });
    }
    if (role === 'group') {
      this.#grouped = true;
      return nameSink({ called: 'group', without, drop, put: (code) => this.#groups.push(code), names: this.#groupNames });
    }
    if (role === 'value') {
      const values = new Growing(new Float64Array());
      this.#values.push(values);
      return numberSink({ called: 'value', csv: this.#csv, without, drop, put: (value) => values.push(value) });
    }
    this.#weighted = true;
    return numberSink({ called: role, csv: this.#csv, without, drop, put: (value) => this.#weights.push(value), least: 0 });
  }

  /** @param file for messages */
  async dataset(file: string): Promise<Rows<'all'>> {
    const rows = this.#kept.values();
    if (this.#rows === 0) throw new PipelineError('E_DATA', `${file} names its columns and has no row.`, { hint: 'Name a file that has rows.' });
    if (rows.length === 0) throw new PipelineError('E_DATA', `No row of ${file} has a target.`, { hint: 'Look at the column that is to be learned.' });
    const sorted = this.#outputs.map((_, j) => this.#names[j]?.sorted());
    const categories: Categories = sorted.map((own) => own?.names ?? null);
    const dates = this.#outputs.flatMap(({ moment }, j) => (moment ? [j] : []));
    const x = await this.#features.features(
      { ...(categories.some((names) => names) ? { categories } : {}), ...(dates.length > 0 ? { dates } : {}) },
      sorted.map((own) => own?.recoded ?? null),
    );
    const data: Rows<'all'> = {
      name: this.#name,
      role: 'all',
      x,
      rows,
      columns: this.#outputs.map(({ name }) => name),
      ...(this.#values.length > 0 ? { values: this.#targetValues() } : {}),
      ...(this.#grouped ? this.#groupsByName() : {}),
      ...(this.#weighted ? { weights: Float32Array.from(this.#weights.values()) } : {}),
    };
    if (!this.#labelled) return data;
    const known = this.#knownLabels;
    const classNames = known?.every(isNumber) ? known.map(Number) : known;
    return codedLabels({ ...data, labels: this.#labelsByName(), ...(classNames ? { classNames } : {}) });
  }

  /** By name, as `codedLabels` takes them. Rows that are left out have any. */
  #labelsByName(): readonly ClassName[] {
    if (this.#cut) return Array.from(this.#labels.values(), (code) => code === 1);
    const { names } = this.#labelNames.sorted();
    const inOrder = this.#labelNames.found();
    const called: readonly (string | number)[] = names.every(isNumber) ? inOrder.map(Number) : inOrder;
    return Array.from(this.#labels.values(), (code) => called[code]!);
  }

  #groupsByName(): Pick<Rows, 'groups' | 'groupNames'> {
    const { names, recoded } = this.#groupNames.sorted();
    return { groups: this.#groups.values().map((code) => recoded[code]!), groupNames: names.every(isNumber) ? names.map(Number) : names };
  }

  #targetValues(): unknown {
    const columns = this.#values.map((one) => one.values());
    const data = new Float64Array(this.#rows * columns.length);
    // Of rows that are left out nothing is read, but what is no number is refused wherever it stands.
    columns.forEach((column, j) => column.forEach((value, row) => (data[row * columns.length + j] = value === value ? value : 0)));
    return matrix(this.#rows, columns.length, data);
  }
}

/** Writes the features that are made of a date. */
function datePuts(options: ColumnOptions, set: (i: number, value: number) => void): (time: number) => void {
  const { parts = ['unix'] } = options as { readonly parts?: readonly DatePart[] };
  return (time) => parts.forEach((part, i) => set(i, time === time ? datePart(part, time) : NaN));
}
