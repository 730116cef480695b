import { factsOf } from '../facts.ts'
import { doorOf, ROOMS } from '../rooms.ts'
import type { Rule, Violation } from '../rule.ts'
import { roomsIn, type Tree } from '../tree.ts'

/** Every room is known, has a front door with names on it, and says what it is. */
export const roomsComplete: Rule = {
  name: 'rooms are complete',
  check: (tree) => [
    ...roomsIn(tree).flatMap((room) => [
      ...unplanned(room),
      ...badDoor(tree, room),
      ...unexplained(tree, room),
    ]),
    ...[...tree.keys()].filter((path) => /^src\/[^/]+$/.test(path)).map(roomless),
  ],
}

function unplanned(room: string): readonly Violation[] {
  if (ROOMS.has(room)) return []
  const wayOut = 'add it to test/architecture/rooms.ts with a decision page, or move it'
  return [{ file: `src/${room}/`, message: 'is no room of the plan', wayOut }]
}

function badDoor(tree: Tree, room: string): readonly Violation[] {
  const file = doorOf(room)
  const door = tree.get(file)
  if (door === undefined) {
    return [{ file, message: 'is missing', wayOut: 'add the front door: explicit named exports' }]
  }
  if (!factsOf(file, door).exports.includes('*')) return []
  const wayOut = 'name each export, so that the surface is a decision'
  return [{ file, message: 'exports everything of a file', wayOut }]
}

function unexplained(tree: Tree, room: string): readonly Violation[] {
  const file = `src/${room}/README.md`
  if (tree.has(file)) return []
  const wayOut = 'say in a page what the room owns, what survives a crash, what it refuses'
  return [{ file, message: 'is missing', wayOut }]
}

const roomless = (file: string): Violation => ({
  file,
  message: 'lies outside every room',
  wayOut: 'move it into the room that owns it',
})
