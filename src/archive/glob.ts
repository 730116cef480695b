/** Named classes inside brackets, as POSIX has them; ASCII only. */
const CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e',
  space: '\\s',
  upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
}

const NEVER = '(?!)'

interface Piece {
  readonly source: string
  readonly next: number
}

/**
 * Compiles a glob to a test of whole relative paths (`/` between parts).
 *
 * `*` and `?` stay within one part of the path, `[a-z]`, `[!a-z]` and
 * `[[:digit:]]` match one character, `**` as a whole part matches any number of
 * parts, a backslash makes the next character literal. Names that begin with a dot are
 * matched like others. A malformed glob matches nothing. These are the rules of
 * gitignore(5), so that artefact patterns and ignore files read alike; only that `?` and
 * brackets match a character where git matches a byte.
 */
export function globMatcher(glob: string): (path: string) => boolean {
  const pattern = new RegExp(`^${sourceOf(glob)}$`, 'su')
  return (path) => pattern.test(path)
}

function sourceOf(glob: string): string {
  let source = ''
  let at = 0
  while (at < glob.length) {
    const piece = pieceAt(glob, at)
    source += piece.source
    at = piece.next
  }
  return source
}

function pieceAt(glob: string, at: number): Piece {
  const character = String.fromCodePoint(glob.codePointAt(at) ?? 0)
  if (character === '*') return starsAt(glob, at)
  if (character === '?') return { source: '[^/]', next: at + 1 }
  if (character === '[') return bracketAt(glob, at)
  if (character !== '\\') return { source: literal(character), next: at + character.length }
  const escaped = glob.codePointAt(at + 1)
  if (escaped === undefined) return { source: NEVER, next: at + 1 }
  const text = String.fromCodePoint(escaped)
  return { source: literal(text), next: at + 1 + text.length }
}

/** Two stars mean "any folders" only where they are a whole part of the path. */
function starsAt(glob: string, at: number): Piece {
  let next = at
  while (glob[next] === '*') next += 1
  const whole = next - at === 2 && (at === 0 || glob[at - 1] === '/')
  if (whole && next === glob.length) return { source: '.+', next }
  if (whole && glob[next] === '/') return { source: '(?:.*/)?', next: next + 1 }
  return { source: '[^/]*', next }
}

function bracketAt(glob: string, at: number): Piece {
  const negated = glob[at + 1] === '!' || glob[at + 1] === '^'
  const first = at + (negated ? 2 : 1)
  let members = ''
  let next = first
  while (next === first || glob[next] !== ']') {
    const member = memberAt(glob, next)
    if (member === undefined) return { source: NEVER, next: glob.length }
    members += member.source
    next = member.next
  }
  return { source: `(?!/)${setOf(members, negated)}`, next: next + 1 }
}

function setOf(members: string, negated: boolean): string {
  if (members === '') return negated ? '.' : NEVER
  return `[${negated ? '^' : ''}${members}]`
}

/** One member of a bracket: a class, a range or a character; nothing when the bracket never ends. */
function memberAt(glob: string, at: number): Piece | undefined {
  const named = /^\[:([a-z]+):\]/.exec(glob.slice(at))
  if (named) {
    const members = CLASSES[named[1] ?? '']
    return members === undefined ? undefined : { source: members, next: at + named[0].length }
  }
  const from = characterAt(glob, at)
  if (from === undefined) return undefined
  const isRange = glob[from.next] === '-' && glob[from.next + 1] !== ']'
  const to = isRange ? characterAt(glob, from.next + 1) : from
  if (to === undefined) return undefined
  const empty = (from.source.codePointAt(0) ?? 0) > (to.source.codePointAt(0) ?? 0)
  return { source: empty ? '' : `${escapedMember(from.source)}-${escapedMember(to.source)}`, next: to.next }
}

function characterAt(glob: string, at: number): Piece | undefined {
  const start = glob[at] === '\\' ? at + 1 : at
  const point = glob.codePointAt(start)
  if (point === undefined) return undefined
  const source = String.fromCodePoint(point)
  return { source, next: start + source.length }
}

const literal = (character: string): string => character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
const escapedMember = (character: string): string => character.replace(/[\\\]^-]/, '\\$&')
