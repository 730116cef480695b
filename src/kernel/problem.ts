/**
 * An error that a person can act on: a stable code, the cause, the way out.
 *
 * Thrown where no caller is expected to handle it (configuration, start-up,
 * bad input at an edge). The CLI prints it as one line, HTTP as JSON.
 */
export class Problem extends Error {
  override readonly name = 'Problem'
  /** Stable snake_case code, listed in docs/reference/problems.md. */
  readonly code: string
  /** The input that is to blame, as the user wrote its name. */
  readonly field: string | undefined
  /** What to do about it, as an imperative sentence. */
  readonly wayOut: string | undefined

  constructor(code: string, message: string, details: ProblemDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.field = details.field
    this.wayOut = details.wayOut
  }
}

/** What a `Problem` may carry beside its code and message. */
export interface ProblemDetails {
  readonly field?: string | undefined
  readonly wayOut?: string | undefined
  readonly cause?: unknown
}
