import { performance } from 'node:perf_hooks'
import * as timers from 'node:timers'

/*
 * The clocks and pauses of this library, as they were when it was loaded. Tests of an application put fakes in the
 * place of the globals, some in the module `node:timers` too, and browser-like environments (jsdom) have other globals
 * or none: a write that waits for those would wait for ever.
 */
export const { setImmediate, setInterval, clearInterval, setTimeout, clearTimeout } = timers
export { performance }
