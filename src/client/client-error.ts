import { ProblemBody } from '../contract/index.ts'

/** What is known about a failed call. */
export interface ClientErrorDetails {
  /** HTTP status; 0 when no answer came. */
  readonly status: number
  readonly code: string
  readonly field?: string | undefined
  readonly wayOut?: string | undefined
  readonly requestId?: string | undefined
  readonly cause?: unknown
}

/**
 * A call that was refused or could not be made.
 *
 * `code` is the server's, or one of ours: `server_unreachable` (no connection,
 * or it broke: the call may or may not have run), `timeout`, `unexpected_reply`.
 */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly status: number
  readonly code: string
  readonly field: string | undefined
  readonly wayOut: string | undefined
  /** Names the request in the server's log. */
  readonly requestId: string | undefined

  constructor(message: string, details: ClientErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.status = details.status
    this.code = details.code
    this.field = details.field
    this.wayOut = details.wayOut
    this.requestId = details.requestId
  }
}

/** Reads a refusal; anything that is not our JSON is described by its status. */
export async function refused(response: Response): Promise<ClientError> {
  const text = await response.text().catch(() => '')
  const problem = ProblemBody.safeParse(parsed(text))
  if (problem.success) {
    const { error, code, field, way_out: wayOut, request_id: requestId } = problem.data
    return new ClientError(error, { status: response.status, code, field, wayOut, requestId })
  }
  return new ClientError(`The server answered ${response.status} ${response.statusText}`.trim(), {
    status: response.status,
    code: `http_${response.status}`,
  })
}

/** No answer: names where one was expected. */
export const unreachable = (url: string, cause: unknown): ClientError =>
  new ClientError(`No server answers at ${url}${reasonOf(cause)}`, {
    status: 0,
    code: 'server_unreachable',
    wayOut: 'Check the address and that the server runs.',
    cause,
  })

/** An answer that this version does not understand. */
export const unexpected = (url: string, cause: unknown): ClientError =>
  new ClientError(`The answer of ${url} is not what this version expects`, {
    status: 0,
    code: 'unexpected_reply',
    wayOut: 'Check that the address is a Quorate server of the same version.',
    cause,
  })

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The system's word for it (`ECONNREFUSED`), which fetch hides one level down. */
function reasonOf(error: unknown): string {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { code?: unknown } }
  const reason = cause?.code ?? code
  return typeof reason === 'string' ? ` (${reason})` : ''
}
