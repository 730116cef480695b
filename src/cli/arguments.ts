import { InvalidArgumentError } from 'commander'
import { type BuildState, buildStates, type Platform, platforms } from '../contract/index.ts'
import { isId, parseDuration } from '../kernel/index.ts'

/** Readers of arguments and option values; each throws what the user must mend. */
export const read = {
  id(text: string): string {
    if (isId(text) && !text.startsWith('-')) return text
    throw new InvalidArgumentError('An id has 1 to 64 letters, digits, "_" or "-".')
  },

  platform(text: string): Platform {
    return oneOf(text, platforms)
  },

  /** Collects a repeatable option. */
  platforms(text: string, before: readonly Platform[] = []): readonly Platform[] {
    return [...before, ...text.split(',').map((name) => oneOf(name.trim(), platforms))]
  },

  state(text: string): BuildState {
    return oneOf(text, buildStates)
  },

  duration(text: string): number {
    const parsed = parseDuration(text)
    if (parsed.ok && parsed.value > 0) return parsed.value
    throw new InvalidArgumentError('Write a duration like 250ms, 30s, 5m or 2h.')
  },

  whole(least: number, most: number) {
    return (text: string): number => {
      const value = Number(text)
      if (/^-?\d+$/.test(text) && value >= least && value <= most) return value
      throw new InvalidArgumentError(`Write a whole number from ${least} to ${most}.`)
    }
  },

  several(text: string, before: readonly string[] = []): readonly string[] {
    return [...before, text]
  },
} as const

/** One of a few words; the refusal lists them. */
export function oneOf<const T extends string>(text: string, words: readonly T[]): T {
  const word = words.find((known) => known === text)
  if (word !== undefined) return word
  throw new InvalidArgumentError(`Choose one of ${words.join(', ')}.`)
}
