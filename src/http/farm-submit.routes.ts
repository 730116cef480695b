import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Builds } from '../builds/index.ts'
import { Platform, type SubmitReply } from '../contract/index.ts'
import { Problem } from '../kernel/index.ts'
import type { BlobStore } from '../storage/index.ts'
import { refuseOtherThanArchive } from './archive-head.ts'
import { submitReply } from './farm-replies.ts'
import { read } from './request-input.ts'
import { onUndelivered } from './server-context.ts'
import type { Routes } from './server-options.ts'
import { receiveUpload, type Upload } from './upload.ts'

/** Limits of a submission. */
export interface SubmitLimits {
  readonly sourceMaxBytes: number
  readonly certsMaxBytes: number
}

/** `POST /api/builds/submit`, also as `POST /api/builds`: takes a project to build. */
export const farmSubmitRoutes =
  (builds: Builds, blobs: BlobStore, limits: SubmitLimits): Routes =>
  (server, guard) => {
    const rules = new Map([
      ['source', { bytesMax: limits.sourceMaxBytes, check: refuseOtherThanArchive('source') }],
      ['certs', { bytesMax: limits.certsMaxBytes, check: refuseOtherThanArchive('certs') }],
    ])
    const submit = async (request: FastifyRequest, reply: FastifyReply): Promise<SubmitReply> => {
      const order = await receiveUpload(request, blobs, rules, readOrder)
      const queued = await builds.submit({ ...order, submitter: guard.principal(request).name })
      // Its submitter will send it again: the old clients give up after 30 s and repeat.
      onUndelivered(reply, () => void builds.discard(queued.build.id).catch(() => undefined))
      return submitReply(queued)
    }
    server.post('/api/builds/submit', { onRequest: guard.require('submit') }, submit)
    server.post('/api/builds', { onRequest: guard.require('submit') }, submit)
  }

const Fields = z.object({
  platform: Platform,
  name: z.string().trim().max(200).optional(),
  priority: z.coerce.number().int().min(-100).max(100).optional(),
})

function readOrder({ fields, files }: Upload) {
  const source = files.get('source')
  if (!source) {
    throw new Problem('invalid_request', 'Source file required', {
      field: 'source',
      wayOut: 'Send the project as a zip in the form field "source".',
    })
  }
  return { ...read(Fields, Object.fromEntries(fields)), source, certs: files.get('certs') }
}
