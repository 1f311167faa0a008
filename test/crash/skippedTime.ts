let skipped = 0
let real: (() => number) | null = null

/** From here on `skipTime` moves `performance.now` on; undone by the function that is answered. */
export function withSkippedTime(): () => void {
  const now = performance.now.bind(performance)
  real = now
  performance.now = () => now() + skipped
  return () => {
    performance.now = now
    real = null
  }
}

/** Lets that many milliseconds pass at once, so that pauses of the engine are over. */
export function skipTime(ms: number): void {
  if (real === null) throw new Error('withSkippedTime() first: the engine does not ask this clock')
  skipped += ms
}
