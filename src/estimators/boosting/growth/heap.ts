// The heap of Python's heapq: of equal things the same one comes out first.

/** @param before whether `a` comes out before `b` */
export function push<T>(heap: T[], item: T, before: (a: T, b: T) => boolean): void {
  heap.push(item);
  rise(heap, 0, heap.length - 1, before);
}

/** Takes the first out; undefined where there is none. */
export function pop<T>(heap: T[], before: (a: T, b: T) => boolean): T | undefined {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return last;
  const first = heap[0]!;
  heap[0] = last;
  let at = 0;
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && !before(heap[child]!, heap[child + 1]!)) child++;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  rise(heap, 0, at, before);
  return first;
}

function rise<T>(heap: T[], top: number, from: number, before: (a: T, b: T) => boolean): void {
  const item = heap[from]!;
  let at = from;
  while (at > top) {
    const parent = (at - 1) >> 1;
    if (!before(item, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = item;
}
