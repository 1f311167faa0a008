import { SingleBar } from 'cli-progress'

export interface Progress {
  advance(by: number): void
  stop(): void
}

/**
 * A progress bar on standard error, so that standard output holds results only. Where that is not a terminal, a line
 * every two seconds says how far the work is.
 *
 * By `cli-progress`: it is small, has not needed a change in years, and knows what to do without a terminal.
 */
export function startProgress(what: string, total: number): Progress {
  const bar = new SingleBar({
    format: `${what} [{bar}] {percentage} % | {value}/{total} | {duration_formatted}`,
    barCompleteChar: '=',
    barIncompleteChar: ' ',
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 2000,
  })
  bar.start(total, 0)
  return { advance: (by) => bar.increment(by), stop: () => bar.stop() }
}
