// Requests that arrive together are answered together: one call of the model for all of their rows.
import { matrix, type Categories } from '../../../core/data/matrix.ts';
import type { RowsOf } from '../../../dsl/estimator.ts';
import { answering, shapeOf, type AnswerColumn, type Asked } from '../asked.ts';
import type { RequestRows } from './requests.ts';

interface Waiting {
  readonly rows: RequestRows;
  readonly resolve: (columns: readonly AnswerColumn[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Rows of one call of the model. */
const MOST_ROWS = 4096;

export class Batches {
  readonly #asked: Asked;
  readonly #answers: Readonly<Record<'plain' | 'proba', (rows: RowsOf) => Promise<readonly AnswerColumn[]>>>;
  readonly #columns: readonly string[] | undefined;
  readonly #categories: Categories | undefined;
  #waiting: Waiting[] = [];
  #working = false;
  /** Requests that are not answered yet. */
  pending = 0;
  /** Calls of the model so far. */
  calls = 0;

  constructor(asked: Asked) {
    this.#asked = asked;
    const plain = answering(asked, false);
    this.#answers = { plain, proba: hasProba(asked) ? answering(asked, true) : plain };
    ({ columns: this.#columns, categories: this.#categories } = shapeOf(asked));
  }

  /** @throws what the model refuses of these rows */
  async ask(rows: RequestRows): Promise<readonly AnswerColumn[]> {
    if (rows.proba) answering(this.#asked, true); // says what is missing
    this.pending++;
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.push({ rows, resolve, reject });
        // What else has arrived is read first.
        if (!this.#working) setImmediate(() => void this.#work());
      });
    } finally {
      this.pending--;
    }
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    while (this.#waiting.length > 0) {
      const batch = this.#next();
      try {
        await this.#answer(batch);
      } catch (error) {
        // One of them is at fault: the others do not pay for it.
        if (batch.length === 1) batch[0]!.reject(error);
        else for (const one of batch) await this.#answer([one]).catch(one.reject);
      }
    }
    this.#working = false;
  }

  /** Those that may go together: names that the model does not know belong to one request. */
  #next(): readonly Waiting[] {
    let [count, end] = [0, 0];
    const [first] = this.#waiting as [Waiting];
    for (const { rows } of this.#waiting) {
      if (
        end > 0 &&
        (count + rows.count > MOST_ROWS ||
          rows.unknown.size > 0 ||
          rows.proba !== first.rows.proba ||
          rows.data.length / rows.count !== first.rows.data.length / first.rows.count)
      )
        break;
      count += rows.count;
      end++;
      if (rows.unknown.size > 0) break;
    }
    return this.#waiting.splice(0, end);
  }

  async #answer(batch: readonly Waiting[]): Promise<void> {
    const [{ rows: first }] = batch as [Waiting];
    const count = batch.reduce((sum, { rows }) => sum + rows.count, 0);
    const cols = first.data.length / first.count;
    const data = batch.length === 1 ? first.data : new Float64Array(count * cols);
    if (batch.length > 1) {
      let at = 0;
      for (const { rows } of batch) {
        data.set(rows.data, at);
        at += rows.data.length;
      }
    }
    const categories = this.#categories?.map((names, j) => names && [...names, ...(first.unknown.get(j) ?? [])]);
    const x = { ...matrix(count, cols, data), ...(categories ? { categories } : {}) };
    const ids = Uint32Array.from({ length: count }, (_, row) => row);
    this.calls++;
    const said = await this.#answers[first.proba ? 'proba' : 'plain']({
      name: 'The request',
      x,
      rows: ids,
      ...(this.#columns ? { columns: this.#columns } : {}),
    });
    let from = 0;
    for (const { rows, resolve } of batch) {
      const to = from + rows.count;
      resolve(said.map((column) => ({ ...column, values: Array.prototype.slice.call(column.values, from, to) as (number | boolean | string)[] })));
      from = to;
    }
  }
}

export function hasProba({ model }: Asked): boolean {
  return model.classes !== undefined && model.predictProba !== undefined;
}
