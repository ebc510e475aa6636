// Decisions of pairs of classes, and what follows for each class: how many pairs vote for it, and how sure they are. Source:
// sklearn/utils/multiclass.py, _ovr_decision_function.

/** Positions of two classes each, in the order of libsvm: the first with the second, with the third, ... */
export function pairsOf(classes: number): readonly (readonly [number, number])[] {
  return Array.from({ length: classes }, (_, i) => Array.from({ length: classes - 1 - i }, (_, k) => [i, i + 1 + k] as const)).flat();
}

/**
 * For one row: votes of each class, and its votes with how sure its pairs are, as a number between -1/3 and 1/3.
 *
 * @param decision by pair, above 0 for its first class
 */
export function votesOf(classes: number, decision: (pair: number) => number, votes: Float64Array, decisions: Float64Array): void {
  votes.fill(0);
  decisions.fill(0);
  const sure = new Float64Array(classes);
  let pair = 0;
  for (let i = 0; i < classes; i++) {
    for (let j = i + 1; j < classes; j++, pair++) {
      const value = decision(pair);
      votes[value > 0 ? i : j]!++;
      decisions[value >= 0 ? i : j]!++; // so it is in scikit-learn: 0 is a vote for the second, and a decision for the first
      sure[i]! += value;
      sure[j]! -= value;
    }
  }
  for (let c = 0; c < classes; c++) decisions[c]! += sure[c]! / (3 * (Math.abs(sure[c]!) + 1));
}
