import type { FastifyBaseLogger } from 'fastify'

type ChildOf = Parameters<FastifyBaseLogger['child']>

/** The same logger, but its children are made when they have their first line: each request has one, and hardly any needs it. */
export function withLazyChildren (log: FastifyBaseLogger): FastifyBaseLogger {
  return Object.create(log, { child: { value: (bindings: ChildOf[0], options?: ChildOf[1]) => new LazyLogger(log, bindings, options) } })
}

class LazyLogger implements FastifyBaseLogger {
  readonly #parent: FastifyBaseLogger
  readonly #bindings: ChildOf[0]
  readonly #options: ChildOf[1]
  #made: FastifyBaseLogger | undefined

  constructor (parent: FastifyBaseLogger, bindings: ChildOf[0], options: ChildOf[1]) {
    this.#parent = parent
    this.#bindings = bindings
    this.#options = options
  }

  get #logger (): FastifyBaseLogger {
    return this.#made ??= this.#parent.child(this.#bindings, this.#options)
  }

  get level (): string { return this.#logger.level }
  set level (level: string) { this.#logger.level = level }

  /** As lazy: the logger that Fastify asks for one for each request is a child itself. */
  child (bindings: ChildOf[0], options?: ChildOf[1]): FastifyBaseLogger { return new LazyLogger(this.#logger, bindings, options) }

  fatal (...line: unknown[]): void { Reflect.apply(this.#logger.fatal, this.#logger, line) }
  error (...line: unknown[]): void { Reflect.apply(this.#logger.error, this.#logger, line) }
  warn (...line: unknown[]): void { Reflect.apply(this.#logger.warn, this.#logger, line) }
  info (...line: unknown[]): void { Reflect.apply(this.#logger.info, this.#logger, line) }
  debug (...line: unknown[]): void { Reflect.apply(this.#logger.debug, this.#logger, line) }
  trace (...line: unknown[]): void { Reflect.apply(this.#logger.trace, this.#logger, line) }
  silent (...line: unknown[]): void { Reflect.apply(this.#logger.silent, this.#logger, line) }
}
