import { compareRound, describeDifference } from './compareRound.js'
import { DECLARATIONS } from './declarations.js'
import type { Engines, Side } from './engines.js'
import { drawOperations } from './operations.js'
import { shrink } from './shrink.js'

/** Operations of a round, before what is stored is compared. */
const ROUND = 60
/** Rounds that end by closing and opening: one of so many. */
const REOPENED = 4

export interface Progress {
  /** Operations that ran on every store. */
  operations: number
  rounds: number
  /** What differed, as text with the seed of its round. */
  readonly differences: string[]
}

export interface CompareOptions {
  readonly seed: number
  /** Operations to run, rounded up to whole rounds. */
  readonly operations: number
  /** Ends earlier, after this time. */
  readonly seconds?: number
  readonly onProgress?: (progress: Progress) => void
  /** Ends it after the rounds that are running. */
  readonly signal?: AbortSignal
}

/**
 * Runs random operations on all stores and compares every result. Round n is made from seed + n alone, so that a
 * difference is found again by its own seed. Each declaration has a lane of its own, which run at once.
 */
export async function compareStores(engines: Engines, options: CompareOptions): Promise<Progress> {
  const { seed, operations, seconds = Number.POSITIVE_INFINITY, onProgress, signal } = options
  const progress: Progress = { operations: 0, rounds: 0, differences: [] }
  const end = seed + Math.ceil(operations / ROUND)
  const deadline = performance.now() + seconds * 1000
  const lanes = DECLARATIONS.length

  await Promise.all(
    DECLARATIONS.map(async (declared, lane) => {
      const sides = await engines.open(`compared ${lane} ${seed}`, declared)
      const first = seed + ((lane - (seed % lanes) + lanes) % lanes)
      const isOver = () => performance.now() > deadline || signal?.aborted === true
      for (let round = first; round < end && !isOver(); round += lanes) {
        const drawn = drawOperations(round, declared, ROUND)
        const difference = await roundOf(sides, drawn, round)
        progress.rounds++
        progress.operations += ROUND
        if (difference !== null) progress.differences.push(difference)
        onProgress?.(progress)
      }
    }),
  )
  return progress
}

async function roundOf(
  sides: readonly Side[],
  drawn: ReturnType<typeof drawOperations>,
  round: number,
): Promise<string | null> {
  const reopened = round % (REOPENED * DECLARATIONS.length) < DECLARATIONS.length
  const difference = await compareRound(sides, drawn, reopened)
  if (difference === null) return null
  const smaller = (await shrink(sides, drawn, reopened)) ?? difference
  return `seed ${round}, declaration ${round % DECLARATIONS.length}:\n${describeDifference(smaller)}`
}
