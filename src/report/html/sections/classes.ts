// Precision, recall and f1 of each class, as `classification_report` of scikit-learn has them.
import type { RecordedStage } from '../../../core/runRecord.ts';
import type { ClassCounts } from '../../../dsl/estimator.ts';
import { averaged, figuresOf, presentIn, type Average } from '../../../metrics/averages.ts';
import { accuracy, countsOf, type Confusion } from '../../../metrics/confusion.ts';
import { html, type Markup } from '../../markup.ts';
import { namesOf } from '../data.ts';
import { byStage } from '../parts/groups.ts';
import { section, type Section } from '../parts/section.ts';
import { table } from '../parts/table.ts';

interface ClassRow {
  readonly name: string;
  readonly precision?: number;
  readonly recall?: number;
  readonly f1: number;
  readonly support: number;
}

/** Rows of classes and of their averages, of a confusion matrix. */
export function classRows(confusion: Confusion, names: readonly string[]): readonly ClassRow[] {
  const all = countsOf(confusion);
  const counts = presentIn(all);
  const present = names.filter((_, c) => all.rows[c]! + all.predicted[c]! > 0);
  const [precision, recall, f1] = (['precision', 'recall', 'f1'] as const).map((figure) => figuresOf(figure, counts).map((value) => value || 0));
  const support = counts.rows.reduce((a, b) => a + b, 0);
  const mean = (average: Average, own: ClassCounts): ClassRow => ({
    name: `${average} average`,
    precision: averaged('precision', average, own),
    recall: averaged('recall', average, own),
    f1: averaged('f1', average, own),
    support,
  });
  return [
    ...present.map((name, c) => ({ name, precision: precision![c]!, recall: recall![c]!, f1: f1![c]!, support: counts.rows[c]! })),
    { name: 'accuracy', f1: accuracy(counts), support },
    mean('macro', counts),
    mean('weighted', counts),
  ];
}

const four = (value: number): string => value.toFixed(4);

export function classReports(stages: readonly RecordedStage[]): Section | false {
  const found = stages.flatMap(({ path, output = {} }) => {
    const { confusion } = output;
    if (!Array.isArray(confusion) || confusion.length === 0) return [];
    return [{ stage: path, rows: classRows(confusion as number[][], namesOf(output, confusion.length)) }];
  });
  const show = ([one]: readonly (typeof found)[number][]): Markup =>
    table({
      label: `Classes, ${one!.stage}`,
      rows: one!.rows,
      totals: 3,
      columns: [
        { name: 'class', of: ({ name }) => name },
        { name: 'precision', of: ({ precision }) => precision ?? '', text: four },
        { name: 'recall', of: ({ recall }) => recall ?? '', text: four },
        { name: 'f1', of: ({ f1 }) => f1, text: four },
        { name: 'support', of: ({ support }) => support },
      ],
    });
  return (
    found.length > 0 &&
    section(
      'Classes',
      html`${byStage(found, show)}`,
      'Precision: the share of rows predicted as a class that belong to it. Recall: the share of rows of a class that were predicted as it. Support: the number of rows of the class.',
    )
  );
}
