// Rows of a fold are listed once, however many models leave it out: rows on the device are known by their list.

/** What `make` gives for a fold, made once. */
export function byFold(make: (fold: number) => Uint32Array): (fold: number) => Uint32Array {
  const known = new Map<number, Uint32Array>();
  return (fold) => {
    const rows = known.get(fold) ?? make(fold);
    known.set(fold, rows);
    return rows;
  };
}
