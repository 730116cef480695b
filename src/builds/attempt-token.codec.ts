/** What an attempt token says; `secret` proves it. */
export interface AttemptToken {
  readonly buildId: string
  readonly attempt: number
  readonly secret: string
}

/** Writes `<build>.<attempt>.<secret>`, safe in headers. */
export function printAttemptToken({ buildId, attempt, secret }: AttemptToken): string {
  return `${buildId}.${attempt}.${secret}`
}

/** Reads an attempt token; undefined when it is none. */
export function parseAttemptToken(text: string): AttemptToken | undefined {
  const [, buildId, attempt, secret] =
    /^([A-Za-z0-9_-]{1,64})\.([1-9]\d{0,8})\.([A-Za-z0-9_-]{43})$/.exec(text) ?? []
  if (buildId === undefined || attempt === undefined || secret === undefined) return undefined
  return { buildId, attempt: Number(attempt), secret }
}
