import { randomFillSync, randomInt } from 'node:crypto'

const ID_BYTES = 16
const IDS_PER_BATCH = 512
const COUNTER_LIMIT = 2 ** 30

// Asking the system for random bytes costs more than an id may, so they are fetched for many ids at once.
let batch: Buffer | null = null
let offset = 0
let time = 0
let counter = 0

/** Makes ids. */
export const IdGenerator = {
  /**
   * A number of 9 decimal digits, 100000000 to 999999999, as text. Not unique: among 35,000 of them two
   * are likely to be equal.
   */
  nextShort(): string {
    return String(randomInt(100_000_000, 1_000_000_000))
  },

  /**
   * A unique id of 32 lowercase hex digits: a UUID of version 7 (RFC 9562, section 5.7) without dashes.
   * Each one is greater than those made before in the process, also within one millisecond and when the
   * clock is set back, so that an index grows at its end.
   */
  nextLong(): string {
    tick()
    if (batch === null || offset === batch.length) {
      batch ??= Buffer.allocUnsafeSlow(ID_BYTES * IDS_PER_BATCH)
      randomFillSync(batch)
      offset = 0
    }
    const start = offset
    offset += ID_BYTES
    // 48 bits of milliseconds, the version, 12 bits of the counter, the variant, its other 18 bits; the
    // 44 bits after them stay random.
    batch.writeUIntBE(time, start, 6)
    batch[start + 6] = 0x70 | (counter >>> 26)
    batch[start + 7] = (counter >>> 18) & 0xff
    batch[start + 8] = 0x80 | ((counter >>> 12) & 0x3f)
    batch[start + 9] = (counter >>> 4) & 0xff
    batch[start + 10] = ((counter & 0x0f) << 4) | ((batch[start + 10] ?? 0) & 0x0f)
    return batch.toString('hex', start, offset)
  },
}

/**
 * Moves (time, counter) strictly forward. The counter begins each millisecond at a random place in its
 * lower half, which leaves room for half a thousand million ids and tells processes apart; when it runs
 * over or the clock went back, `time` runs ahead of the clock (RFC 9562, section 6.2, method 1).
 */
function tick(): void {
  const now = Date.now()
  if (now > time) {
    time = now
    counter = randomInt29()
    return
  }
  counter += 1
  if (counter === COUNTER_LIMIT) {
    time += 1
    counter = randomInt29()
  }
}

function randomInt29(): number {
  return randomInt(2 ** 29)
}
