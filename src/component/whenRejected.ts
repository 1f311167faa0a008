/**
 * Tells of the rejection of what a logger answered, if that is a promise. Nobody waits for it, and a rejection that
 * nobody looks at ends the process.
 */
export function whenRejected(answer: unknown, tell: (error: unknown) => void): void {
  if (typeof answer === 'object' && answer !== null) Promise.resolve(answer).catch(tell)
}
