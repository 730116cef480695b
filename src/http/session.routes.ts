import { SessionReply, SessionRequest } from '../contract/index.ts'
import { Problem } from '../kernel/index.ts'
import { type Access, type Principal, SESSION_SECONDS } from './access.ts'
import { SESSION_COOKIE } from './guard.ts'
import { read } from './request-input.ts'
import type { Routes } from './server-options.ts'

/** `/api/v1/session`: the dashboard trades an API key for a cookie that scripts cannot read. */
export const sessionRoutes =
  (access: Access): Routes =>
  (server, guard) => {
    server.post('/api/v1/session', async (request, reply) => {
      const { key } = read(SessionRequest, request.body)
      const principal = await access.verify(key)
      if (!principal) throw new Problem('key_invalid', 'Invalid API key', { field: 'key' })
      const token = await access.openSession(principal)
      reply.setCookie(SESSION_COOKIE, token.reveal(), {
        path: '/',
        httpOnly: true,
        sameSite: 'strict',
        secure: request.protocol === 'https',
        maxAge: SESSION_SECONDS,
      })
      return view(principal)
    })

    server.get('/api/v1/session', { onRequest: guard.require('read') }, async (request) =>
      view(guard.principal(request)),
    )

    server.delete('/api/v1/session', async (request, reply) => {
      const token = request.cookies[SESSION_COOKIE]
      if (token !== undefined) await access.closeSession(token)
      return reply.clearCookie(SESSION_COOKIE, { path: '/' }).code(204).send()
    })
  }

const view = ({ name, scopes }: Principal): SessionReply => SessionReply.parse({ name, scopes })
