import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy'
import { Problem } from '../kernel/index.ts'

/** A file part as it arrives. */
export interface FilePart {
  /** The form field's name. */
  readonly field: string
  /** What the client calls the file, without folders; any text. */
  readonly name: string
  readonly content: Readable
}

/** Takes one file part; it must read the content to its end, or reject to end the upload. */
export type TakeFile = (part: FilePart) => Promise<void>

const LIMITS = {
  fieldNameSize: 100,
  fieldSize: 64 * 1024,
  fields: 64,
  files: 16,
  parts: 80,
  headerPairs: 100,
}

/**
 * Reads a multipart body no faster than `takeFile` takes it, in whatever order
 * the parts come, and resolves with the text fields (the first of each name).
 *
 * Rejects with the first failure of `takeFile`, with `invalid_multipart`, or
 * when the client goes away; by then every `takeFile` has settled.
 */
export async function readMultipart(
  body: IncomingMessage,
  takeFile: TakeFile,
): Promise<ReadonlyMap<string, string>> {
  const parser = openParser(body)
  const failed = new AbortController()
  const fail = (error: unknown): void => failed.abort(error)
  const fields = new Map<string, string>()
  const files: { readonly content: Readable; readonly taken: Promise<void> }[] = []
  parser.on('field', (name, value, _nameCut, valueCut) => {
    if (valueCut) fail(malformed(`The field ${name} is too long`))
    if (!fields.has(name)) fields.set(name, value)
  })
  parser.on('file', (field, content, name) => {
    // Whoever reads the content meets its error; here it must only not go unheard.
    content.on('error', () => undefined)
    files.push({ content, taken: takeFile({ field, name: name ?? '', content }).catch(fail) })
  })
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
    parser.on(limit, () => fail(malformed('The form has too many parts')))
  }
  parser.on('error', (error) => fail(malformed(`The form is cut off or malformed (${String(error)})`)))
  await feed(body, parser, failed.signal).catch((cause: unknown) => fail(brokenOff(cause)))
  if (failed.signal.aborted) for (const { content } of files) content.destroy(failed.signal.reason as Error)
  await Promise.all(files.map(({ taken }) => taken))
  failed.signal.throwIfAborted()
  return fields
}

const malformed = (message: string): Problem =>
  new Problem('invalid_multipart', message, { wayOut: 'Send multipart/form-data, as curl -F does.' })

const brokenOff = (cause: unknown): Problem =>
  new Problem('bad_request', 'The client went away while it sent', { cause })

function openParser(body: IncomingMessage): BusboyInstance {
  const type = body.headers['content-type'] ?? ''
  if (!/^multipart\/form-data\s*;/i.test(type)) throw malformed('The request is not multipart/form-data')
  try {
    return new Busboy({ headers: body.headers as BusboyHeaders, limits: LIMITS })
  } catch {
    throw malformed('The form has no boundary')
  }
}

/** Returns early, leaving the rest of the body unread, once `failed`. */
async function feed(body: IncomingMessage, parser: BusboyInstance, failed: AbortSignal): Promise<void> {
  const finished = once(parser, 'finish', { signal: failed })
  finished.catch(() => undefined)
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    if (!failed.aborted && !parser.write(chunk)) await once(parser, 'drain', { signal: failed })
    if (failed.aborted) return
  }
  parser.end()
  await finished
}
