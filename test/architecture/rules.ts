import type { Rule } from './rule.ts'
import { arrows, frontDoors, packages } from './rules/arrows.ts'
import { banned, typesHold } from './rules/banned.ts'
import { cycles } from './rules/cycles.ts'
import { deadFiles } from './rules/dead-files.ts'
import { decisions } from './rules/decisions.ts'
import { documentedExports } from './rules/documented.ts'
import { frozenMigrations, numberedMigrations } from './rules/migrations.ts'
import { names, servers } from './rules/names.ts'
import { noRegistry } from './rules/no-registry.ts'
import { exportsMap, pinnedExports } from './rules/pinned-exports.ts'
import { problems } from './rules/problems.ts'
import { roomsComplete } from './rules/rooms-complete.ts'
import { sqlInStores } from './rules/sql.ts'

/** Everything the guard asserts. */
export const RULES: readonly Rule[] = [
  arrows,
  frontDoors,
  packages,
  cycles,
  names,
  servers,
  sqlInStores,
  banned,
  typesHold,
  deadFiles,
  roomsComplete,
  pinnedExports,
  documentedExports,
  exportsMap,
  frozenMigrations,
  numberedMigrations,
  noRegistry,
  decisions,
  problems,
]
