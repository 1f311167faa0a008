import { Descriptor } from './Descriptor.js'
import type { CallContext } from './IContext.js'
import type { ILogger } from './ILogger.js'
import type { IReferenceable } from './IReferenceable.js'
import type { IReferences } from './IReferences.js'
import { Logger } from './Logger.js'
import { LogLevel } from './LogLevel.js'
import { whenRejected } from './whenRejected.js'

/** All of a logger that is called here; `listens` exists on our own loggers. */
type Child = Pick<ILogger, 'log'> & Partial<Pick<ILogger, 'getLevel'>> & Partial<Pick<Logger, 'listens'>>

/**
 * Passes messages to all loggers among the references. A message that none of them takes is not even
 * formatted. The context goes to them as it came. A logger that fails keeps neither the others from
 * their message nor the caller from its work.
 */
export class CompositeLogger extends Logger implements IReferenceable {
  readonly #children = new Set<Child>()

  constructor(references: IReferences | null = null) {
    // Its own level is a further limit, which is off by default: what is taken, the loggers decide.
    super(LogLevel.Trace)
    if (references) this.setReferences(references)
  }

  /** Adds the loggers at `*:logger:*:*:*`, each of them once however often this is called. */
  setReferences(references: IReferences): void {
    for (const candidate of references.getOptional<unknown>(
      new Descriptor(null, 'logger', null, null, null),
    )) {
      if (candidate !== this && isLogger(candidate)) this.#children.add(candidate)
    }
  }

  override listens(level: LogLevel): boolean {
    if (!super.listens(level)) return false
    for (const child of this.#children) {
      if (takes(child, level)) return true
    }
    return false
  }

  protected write(level: LogLevel, context: CallContext, error: Error | null, message: string): void {
    for (const child of this.#children) {
      if (!takes(child, level)) continue
      try {
        whenRejected(child.log(level, context, error, message), () => {})
      } catch {
        // Not handed on: a write that is already stored must not reject because a line could not be logged.
      }
    }
  }
}

function isLogger(value: unknown): value is Child {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Child>).log === 'function'
}

function takes(child: Child, level: LogLevel): boolean {
  try {
    if (typeof child.listens === 'function') return child.listens(level)
    return typeof child.getLevel !== 'function' || child.getLevel() >= level
  } catch {
    return false
  }
}
