import type { FastifyRequest } from 'fastify'
import type { Scope } from '../contract/index.ts'
import { Problem } from '../kernel/index.ts'
import type { Access, Principal } from './access.ts'

/** Name of the dashboard's cookie. */
export const SESSION_COOKIE = 'quorate_session'

/** Decides who may do what, before a byte of the body is read. */
export interface Guard {
  /** An `onRequest` hook that lets only callers with this scope pass. */
  require(scope: Scope): (request: FastifyRequest) => Promise<void>
  /** Who calls; refuses with `key_missing`, `key_invalid` or `scope_missing`. */
  authenticate(request: FastifyRequest, scope: Scope): Promise<Principal>
  /** The caller that `require` or `authenticate` let pass on this request. */
  principal(request: FastifyRequest): Principal
}

const principals = new WeakMap<FastifyRequest, Principal>()

/** Who was let in on this request, if anybody was asked. */
export const principalOf = (request: FastifyRequest): Principal | undefined => principals.get(request)

/** The one value of a header; an empty one counts as missing, as old workers send it. */
export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Guards with the keys and sessions of `access`. */
export function createGuard(access: Access): Guard {
  const authenticate = async (request: FastifyRequest, scope: Scope): Promise<Principal> => {
    const principal = await identify(access, request)
    if (!allows(principal, scope)) throw lacking(scope)
    principals.set(request, principal)
    return principal
  }
  return {
    authenticate,
    require: (scope) => async (request) => {
      await authenticate(request, scope)
    },
    principal(request) {
      const principal = principals.get(request)
      if (!principal) throw new Error(`no guard before ${request.routeOptions.url}`)
      return principal
    },
  }
}

/** `admin` may do everything, and who may submit may also read. */
function allows({ scopes }: Principal, scope: Scope): boolean {
  if (scopes.includes('admin') || scopes.includes(scope)) return true
  return scope === 'read' && scopes.includes('submit')
}

async function identify(access: Access, request: FastifyRequest): Promise<Principal> {
  const key = headerOf(request, 'x-api-key')
  if (key !== undefined) {
    const principal = await access.verify(key)
    if (!principal) throw new Problem('key_invalid', 'Invalid API key', { field: 'X-API-Key' })
    return principal
  }
  const token = request.cookies[SESSION_COOKIE]
  const principal = token === undefined ? undefined : await access.findSession(token)
  if (!principal) throw keyMissing()
  refuseForeignPage(request)
  return principal
}

const keyMissing = (): Problem =>
  new Problem('key_missing', 'Missing X-API-Key header', {
    field: 'X-API-Key',
    wayOut: 'Send the key that the first start printed, or make one: quorate key create.',
  })

const lacking = (scope: Scope): Problem =>
  new Problem('scope_missing', `This key may not do that: it lacks the scope "${scope}"`, {
    field: 'X-API-Key',
    wayOut: `Use a key with the scope ${scope} or admin.`,
  })

/**
 * A cookie travels with every request of the browser, also with those another
 * page makes it send; a header of our own and the page's origin do not.
 */
function refuseForeignPage(request: FastifyRequest): void {
  if (request.method === 'GET' || request.method === 'HEAD') return
  const origin = headerOf(request, 'origin')
  const sameOrigin = origin === undefined || hostOf(origin) === request.host
  if (headerOf(request, 'x-quorate') === '1' && sameOrigin) return
  throw new Problem('foreign_page', 'This request does not come from the dashboard', {
    wayOut: 'Use an API key, or send the header X-Quorate: 1 from the dashboard itself.',
  })
}

const hostOf = (origin: string): string | undefined =>
  URL.canParse(origin) ? new URL(origin).host : undefined
