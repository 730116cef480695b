import type { Tree } from './tree.ts'

/** Where a rule is broken, how, and how to mend it. */
export interface Violation {
  /** Path, with `:line` where there is one. */
  readonly file: string
  readonly message: string
  readonly wayOut: string
}

/** A promise about the whole tree, checked without touching the disk. */
export interface Rule {
  /** Completes the sentence "the tree keeps this: ...". */
  readonly name: string
  check(tree: Tree): readonly Violation[]
}

/** One line a person can act on. */
export function explain(rule: Rule, violation: Violation): string {
  return `${violation.file}: ${violation.message} [${rule.name}]. Way out: ${violation.wayOut}`
}

/** A place is a file (`src/kernel/clock.ts`), a folder (`src/app/`) or an ending (`*.test.ts`). */
export function isIn(path: string, places: readonly string[]): boolean {
  return places.some((place) => {
    if (place.startsWith('*')) return path.endsWith(place.slice(1))
    return place.endsWith('/') ? path.startsWith(place) : path === place
  })
}
