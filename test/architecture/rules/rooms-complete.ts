import { factsOf } from '../facts.ts'
import { ROOMS } from '../rooms.ts'
import type { Rule, Violation } from '../rule.ts'
import { roomsIn, type Tree } from '../tree.ts'

/** Every room is known, has a front door with names on it, and says what it is. */
export const roomsComplete: Rule = {
  name: 'rooms are complete',
  check: (tree) => [
    ...roomsIn(tree).flatMap((room) => incomplete(tree, room)),
    ...[...tree.keys()].filter((path) => /^src\/[^/]+$/.test(path)).map(roomless),
  ],
}

function incomplete(tree: Tree, room: string): readonly Violation[] {
  const found: Violation[] = []
  const miss = (file: string, message: string, wayOut: string): void => {
    found.push({ file: `src/${room}/${file}`, message, wayOut })
  }
  if (!ROOMS.has(room)) {
    miss(
      '',
      `is no room of the plan`,
      'add it to test/architecture/rooms.ts with a decision page, or move it',
    )
  }
  const door = tree.get(`src/${room}/index.ts`)
  if (door === undefined) miss('index.ts', 'is missing', 'add the front door: explicit named exports')
  if (door !== undefined && factsOf(`src/${room}/index.ts`, door).exports.includes('*')) {
    miss('index.ts', 'exports everything of a file', 'name each export, so that the surface is a decision')
  }
  if (!tree.has(`src/${room}/README.md`)) {
    miss(
      'README.md',
      'is missing',
      'say in a page what the room owns, what survives a crash, what it refuses',
    )
  }
  return found
}

const roomless = (file: string): Violation => ({
  file,
  message: 'lies outside every room',
  wayOut: 'move it into the room that owns it',
})
