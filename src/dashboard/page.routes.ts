import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyReply } from 'fastify'
import type { Routes } from '../http/index.ts'

/** Where `npm run build` puts the page: the same from `src` and from `dist`. */
const BUILT_PAGE = fileURLToPath(new URL('../../dist/web/', import.meta.url))
/** The page's own addresses, see its `route.ts`. */
const ADDRESSES = ['/', '/builds/:id', '/workers', '/tree', '/processes', '/processes/:pid']

/**
 * The dashboard's page. Files with a hash in their name are kept by browsers
 * for good, everything else is asked for again. The page itself needs no key;
 * what it shows does.
 */
export const pageRoutes =
  (folder: string = BUILT_PAGE): Routes =>
  async (server) => {
    const built = existsSync(join(folder, 'index.html'))
    if (!built) {
      for (const address of ADDRESSES) server.get(address, (_request, reply) => notBuilt(reply))
      return
    }
    await server.register(fastifyStatic, { root: folder, serve: false })
    for (const address of ADDRESSES) server.get(address, (_request, reply) => fresh(reply, 'index.html'))
    server.get('/theme.js', (_request, reply) => fresh(reply, 'theme.js'))
    server.get<{ Params: { readonly '*': string } }>('/assets/*', (request, reply) =>
      reply.sendFile(`assets/${request.params['*']}`, { maxAge: '365d', immutable: true }),
    )
  }

/** Kept by the browser, but asked for again each time. */
function fresh(reply: FastifyReply, file: string): FastifyReply {
  return reply.sendFile(file, { cacheControl: false }).header('cache-control', 'no-cache')
}

function notBuilt(reply: FastifyReply): FastifyReply {
  return reply.code(503).type('text/html; charset=utf-8').send(NOT_BUILT)
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <title>Quorate</title>
  <h1>The dashboard is not built</h1>
  <p>The server runs; only its page is missing. Run <code>npm run build</code> and start it again.</p>
</html>
`
