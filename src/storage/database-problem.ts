import { DatabaseError } from 'pg'
import { Problem } from '../kernel/index.ts'

/** True when the connection is gone or must not be used again. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof DatabaseError) return /^(08|57P0[1235])/.test(error.code ?? '')
  return error instanceof Error && !(error instanceof Problem) && isTransportError(error)
}

/** True when connecting failed for a reason that waiting may cure. */
export function isWorthWaiting(error: unknown): boolean {
  if (error instanceof DatabaseError) return /^(08|57P0[1235]|53300)/.test(error.code ?? '')
  return isTransportError(error)
}

/**
 * Names what is wrong with a statement in terms a person can act on; other
 * errors (a broken constraint, a mistake in SQL) pass as they are.
 */
export function statementProblem(error: unknown, server: string): unknown {
  if (isConnectionLoss(error)) {
    return new Problem(
      'database_unavailable',
      `the connection to ${server} broke while a statement ran: ${messageOf(error)}`,
      { wayOut: 'Repeat only what is safe to repeat: the statement may or may not have run.', cause: error },
    )
  }
  if (!(error instanceof DatabaseError)) return error
  return knownProblem(error, server) ?? error
}

/** Names why there is no connection. */
export function connectProblem(error: unknown, server: string): Problem {
  if (error instanceof Problem) return error
  const known = error instanceof DatabaseError ? knownProblem(error, server) : undefined
  if (known !== undefined) return known
  return new Problem(
    'database_unavailable',
    `no connection to PostgreSQL at ${server}: ${messageOf(error)}`,
    {
      wayOut: 'Check that the server runs and that the address in DATABASE_URL is right.',
      cause: error,
    },
  )
}

function knownProblem(error: DatabaseError, server: string): Problem | undefined {
  const known = KNOWN[error.code ?? '']
  if (known === undefined) return undefined
  const [code, what, wayOut] = known
  return new Problem(code, `${what} at ${server}: ${error.message}`, { wayOut, cause: error })
}

/** SQLSTATE to problem code, what happened, way out. */
const KNOWN: Readonly<Record<string, readonly [code: string, what: string, wayOut: string]>> = {
  '28P01': ['database_auth_failed', 'PostgreSQL refused the password', authWayOut()],
  '28000': ['database_auth_failed', 'PostgreSQL refused the login', authWayOut()],
  '3D000': ['database_missing', 'the database does not exist', 'Create it, or name another in DATABASE_URL.'],
  '53100': ['database_disk_full', "the database's disk is full", 'Free space on the disk of the database.'],
  '57014': [
    'statement_timeout',
    'a statement ran too long',
    'Raise the statement timeout, or look for locks.',
  ],
  '25006': ['database_read_only', 'the server takes no writes', 'Point DATABASE_URL at the primary server.'],
}

function authWayOut(): string {
  return 'Correct the user and password in DATABASE_URL.'
}

/** Everything the driver raises that is not the server's own answer comes from the transport. */
function isTransportError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && typeof error.code === 'string') return TRANSPORT_CODES.has(error.code)
  return /^(connection terminated|timeout ex|query read timeout|client (has|was)|cannot use a pool)/i.test(
    error.message,
  )
}

const TRANSPORT_CODES: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'EHOSTUNREACH'],
  ...['ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ENOTCONN', 'EADDRNOTAVAIL'],
])

function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
