/**
 * The entries from `skip` on, at most `take` of them (`null`: all), in the order of `compare`, which must tell any two
 * entries apart. For a page it keeps a heap of the page's size instead of sorting everything. May reorder `entries`.
 */
export function firstSorted<E>(
  entries: E[],
  compare: (a: E, b: E) => number,
  skip: number,
  take: number | null,
): E[] {
  const wanted = take === null ? entries.length : Math.min(skip + take, entries.length)
  if (wanted === 0) return []
  // A heap pays while it is much smaller than the whole.
  if (wanted > entries.length / 4) return entries.sort(compare).slice(skip, skip + (take ?? entries.length))
  const heap = entries.slice(0, wanted)
  for (let i = (wanted >>> 1) - 1; i >= 0; i--) sink(heap, i, compare)
  for (let i = wanted; i < entries.length; i++) {
    // The largest of the kept stands first: a smaller entry takes its place.
    if (compare(entries[i]!, heap[0]!) >= 0) continue
    heap[0] = entries[i]!
    sink(heap, 0, compare)
  }
  return heap.sort(compare).slice(skip)
}

function sink<E>(heap: E[], from: number, compare: (a: E, b: E) => number): void {
  const entry = heap[from]!
  let at = from
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && compare(heap[child + 1]!, heap[child]!) > 0) child++
    if (compare(heap[child]!, entry) <= 0) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = entry
}
