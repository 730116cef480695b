import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { read } from './request-input.ts'

const LogQuery = z.object({
  after: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(1_000_000).optional(),
  tail: z.coerce.number().int().min(1).max(1_000_000).optional(),
})

/** Which lines of a log a request asks for; all of them unless it says less, since old clients count them. */
export const logQuery = (request: FastifyRequest): z.infer<typeof LogQuery> => read(LogQuery, request.query)
