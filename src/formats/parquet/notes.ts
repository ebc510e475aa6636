// What writers note in a Parquet file of its columns, beside their types.

/**
 * Names of classes, as the library `datasets` of Hugging Face notes them: under the key `huggingface` its `info.features`, where a column
 * of classes has `names`. Notes of another shape are none.
 */
export function classNamesIn(notes: ReadonlyMap<string, string>): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, readonly string[]> = {};
  for (const [column, feature] of Object.entries(fieldOf(fieldOf(parsed(notes.get('huggingface')), 'info'), 'features') ?? {})) {
    const names: unknown = fieldOf(feature, 'names');
    if (Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string')) found[column] = names;
  }
  return found;
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldOf(value: unknown, key: string): object | undefined {
  const field = typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
  return typeof field === 'object' && field !== null ? field : undefined;
}
