import type { FastifyInstance, FastifyRequest } from 'fastify'

/**
 * Which bodies are accepted: JSON, where nothing at all counts as `undefined`
 * since real clients announce JSON and send none, and multipart forms, which
 * stay unread until the route streams them. Everything else is refused.
 */
export function acceptBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null))
  addJsonParser(server, (text) => text)
}

/**
 * Accepts JSON whose strings hold raw control characters, as build machines
 * send them that escape only quotes and backslashes. For the routes of this
 * scope only.
 */
export function acceptCarelessJson(server: FastifyInstance): void {
  server.removeContentTypeParser('application/json')
  addJsonParser(server, escapeControlCharacters)
}

function addJsonParser(server: FastifyInstance, mend: (text: string) => string): void {
  const parse = server.getDefaultJsonParser('error', 'error')
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    (request: FastifyRequest, body: string, done) => {
      if (body.trim() === '') done(null, undefined)
      else void parse(request, mend(body), done)
    },
  )
}

/** Escapes control characters inside strings; outside of them JSON allows the white ones. */
export function escapeControlCharacters(json: string): string {
  return json.replace(/"(?:[^"\\]|\\[^])*"/g, (string) =>
    string.replace(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what we look for
      /[\u0000-\u001f]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  )
}
