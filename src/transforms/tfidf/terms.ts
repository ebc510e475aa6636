// Words of texts, and runs of words.

/** As scikit-learn's `(?u)\b\w\w+\b` finds them: two letters, digits or underscores at least. */
const WORD = /[\p{L}\p{N}_]{2,}/gu;

export interface Terms {
  readonly ngramRange: readonly [number, number];
  readonly stopWords: ReadonlySet<string>;
}

/** Terms of a text in lower case, as often as they are in it. */
export function termsOf(text: string, { ngramRange: [least, most], stopWords }: Terms): readonly string[] {
  const words = (text.toLowerCase().match(WORD) ?? []).filter((word) => !stopWords.has(word));
  if (most === 1) return words;
  const terms: string[] = [];
  for (let size = least; size <= most; size++) {
    for (let from = 0; from + size <= words.length; from++) terms.push(words.slice(from, from + size).join(' '));
  }
  return terms;
}

export function countsOf(terms: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}
