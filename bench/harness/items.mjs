/** Words for names; three of them and a number make a field that hardly ever repeats. */
const SYLLABLES = 'ka mo ri ten dal sur vi lo bre nak pei tor an gul he zi'.split(' ')
const TAGS = ['port', 'river', 'old', 'hill', 'coast', 'capital', 'market', 'garden']
export const COUNTRIES = Array.from({ length: 200 }, (_, i) => `C${String(i).padStart(3, '0')}`)

/** A repeatable scramble of two whole numbers into one of 32 bits. */
export function mix(a, b = 0) {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x27d4eb2f, 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39)
  return (h ^ (h >>> 15)) >>> 0
}

export function idOf(index) {
  return `item-${String(index).padStart(9, '0')}`
}

export function countryOf(index) {
  return COUNTRIES[mix(index, 2) % COUNTRIES.length]
}

/**
 * The item with that number, of about 150 bytes as JSON. As a program gets it from a request: parsed, with strings of
 * its own. Another `version` has another name, another `population` only that.
 */
export function itemOf(index, version = 0, population = mix(index, 3) % 1_000_000) {
  const h = mix(index, 16 + version)
  const name = `${word(h)} ${word(mix(h, 1))} ${h % 100_000}`
  const tags = [TAGS[h & 7], TAGS[(h >> 3) & 7], TAGS[(h >> 6) & 7]]
  const item = {
    id: idOf(index),
    name,
    country: countryOf(index),
    population,
    altitude: h % 3000,
    open: h % 2 === 0,
    tags,
  }
  return JSON.parse(JSON.stringify(item))
}

function word(h) {
  const part = (shift) => SYLLABLES[(h >> shift) & 15]
  const text = part(0) + part(4) + part(8)
  return text[0].toUpperCase() + text.slice(1)
}
