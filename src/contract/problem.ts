import { z } from 'zod'

/** Body of every refused request. `error` is for people, `code` for programs. */
export const ProblemBody = z.object({
  error: z.string(),
  code: z.string(),
  /** The input that is to blame. */
  field: z.string().optional(),
  /** What to do about it. */
  way_out: z.string().optional(),
  /** Names the request in the server's log. */
  request_id: z.string().optional(),
})
export type ProblemBody = z.infer<typeof ProblemBody>
