import { Problem } from '../kernel/index.ts'

/** Lets a duration pass, and throws for what is none: negative, NaN, or endless where that makes no sense. */
export function checkedMs(field: string, ms: number, endless: 'endless' | 'finite'): number {
  if (ms >= 0 && (endless === 'endless' || ms !== Number.POSITIVE_INFINITY)) return ms
  throw new Problem('invalid_duration', `${field} cannot be ${ms}`, {
    field,
    wayOut: `give milliseconds from 0 up${endless === 'endless' ? ', or Infinity' : ''}`,
  })
}
