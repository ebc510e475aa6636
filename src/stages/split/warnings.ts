// What parts of a split have in common, or lack, so that a score on one says less than it seems to.
import { called } from '../../core/data/classNames.ts';
import { countLabels, hasClasses, type Dataset, type Rows } from '../../core/data/dataset.ts';
import { leakOf, newOverlap } from '../../core/leaks/overlap.ts';
import { groupsCalled, sharedGroups } from '../../core/folds/groups.ts';
import { equalRows } from '../../core/leaks/equalRows.ts';
import type { StageContext } from '../../dsl/stage/context.ts';
import { pairsOf } from '../shared/parts.ts';

/** Most classes that are named. */
const MOST_NAMED = 5;

/** @param parts in the order in which a model meets them, the training rows first */
export async function warnOfParts(parts: readonly Rows[], { emit, stage }: StageContext): Promise<void> {
  const warn = (code: string, message: string, hint: string): void => emit({ type: 'warning', stage, code, message, hint });
  for (const [one, other] of pairsOf(parts)) {
    const { name } = one;
    const overlap = await newOverlap(one, other);
    // Unlike overlapping ranges this may be intended: the same rows drawn again and again.
    if (overlap) warn('W_OVERLAP', overlap.message, `Let ${name} list each row once, and repeat rows of train only, in a stage after split.`);
    const equal = equalRows(one, other);
    if (equal > 0) {
      const message = `${equal} of ${other.rows.length} rows in ${other.role} of ${name} equal a row in ${one.role}, in every feature and the target. ${leakOf(one.role)}`;
      warn(
        'W_OVERLAP',
        message,
        'Leave copies out before split, and repeat rows of train only, after it. If they are other cases, give those of one case a group.',
      );
    }
    const groups = sharedGroups(one, other);
    if (groups.length > 0) {
      const message = `${groupsCalled(groups, one)} rows in both ${one.role} and ${other.role}. ${leakOf(one.role, 'groups')}`;
      warn('W_GROUPS', message, 'Keep groups whole: split({ test: 0.25, groups: true }).');
    }
  }
  if (parts.every((part) => hasClasses(part))) warnOfClasses(parts as readonly Dataset[], warn);
}

/** Classes that a part has no row of. */
function warnOfClasses(parts: readonly Dataset[], warn: (code: string, message: string, hint: string) => void): void {
  const { name, classNames } = parts[0]!;
  const counts = parts.map(countLabels);
  const most = Math.max(...counts.map(({ length }) => length));
  const all = Array.from({ length: most }, (_, label) => counts.reduce((sum, own) => sum + (own[label] ?? 0), 0));
  for (const [i, { role }] of parts.entries()) {
    const missing = all.flatMap((count, label) => (count > 0 && (counts[i]![label] ?? 0) === 0 ? [label] : []));
    if (missing.length === 0) continue;
    const named = `${called(missing.slice(0, MOST_NAMED), classNames)}${missing.length > MOST_NAMED ? `, ... (${missing.length} in all)` : ''}`;
    const rows = missing.reduce((sum, label) => sum + all[label]!, 0);
    const follows = role === 'train' ? 'a model predicts them wrong' : 'its scores say nothing of them';
    const message = `No row of ${name} in ${role} has ${named}, and ${rows} ${rows === 1 ? 'row' : 'rows'} in other parts ${rows === 1 ? 'does' : 'do'}: ${follows}.`;
    warn('W_CLASS', message, 'Give each part rows of each class: split({ test: 0.25, stratify: true }), or leave the class out.');
  }
}
