import type { z } from 'zod'
import { isId, Problem } from '../kernel/index.ts'

/** Reads a body or query by its schema, or refuses naming the first field that is wrong. */
export function read<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input ?? {})
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') || undefined
  throw new Problem(
    'invalid_request',
    field ? `${field}: ${issue?.message}` : (issue?.message ?? 'Invalid request'),
    {
      field,
    },
  )
}

/** An id from a path, or `invalid_id`. */
export function readId(text: string | undefined, what: string): string {
  if (text !== undefined && isId(text)) return text
  throw new Problem('invalid_id', `This is not a ${what} id`, {
    field: 'id',
    wayOut: 'An id has 1 to 64 letters, digits, dashes or underscores.',
  })
}

/** The `:id` of a route. */
export const idOf = (request: { readonly params: unknown }, what = 'build'): string =>
  readId((request.params as { readonly id?: string }).id, what)
