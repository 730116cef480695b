import { Problem } from '../../kernel/index.ts'
import type { Context, Runtime } from '../context.ts'
import type { Exit } from '../pid.ts'
import { type Host, hostOf } from '../process.ts'
import { defineServer } from '../server/define-server.ts'
import { noreply } from '../server/results.ts'
import { runtimeFor } from '../server/start.ts'
import { RegistryTable } from './registry-table.ts'

/** What a registry is made of. */
export interface RegistryOptions {
  /** The name by which it is used. */
  readonly name: string
  readonly keys: 'unique' | 'duplicate'
}

const tables = new WeakMap<Host, Map<string, RegistryTable>>()

/**
 * Owns a table and cleans up after its registrants, to which it is linked: when
 * the registry crashes they fall with it, because they are no longer registered.
 */
export const RegistryServer = defineServer({
  name: 'registry',
  init: ({ name, keys }: RegistryOptions, ctx: Context) => {
    ctx.trapExit(true)
    const table = new RegistryTable(keys, ctx.self)
    tablesOf(hostOf(ctx.runtime)).set(name, table)
    return table
  },
  info: {
    EXIT: (table, exit: Exit) => {
      table.removeAll(exit.from)
      return noreply(table)
    },
  },
})

/** The table of a running registry; throws when there is none of that name. */
export function tableOf(name: string, runtime: Runtime | undefined): RegistryTable {
  const host = runtimeFor(runtime)
  const table = tablesOf(host).get(name)
  if (table && (host as Host & Runtime).isAlive(table.owner)) return table
  throw new Problem('unknown_registry', `no registry "${name}" runs`, {
    field: 'registry',
    wayOut: 'start it before its users: place it first in their supervisor',
  })
}

function tablesOf(host: Host): Map<string, RegistryTable> {
  const known = tables.get(host)
  if (known) return known
  const made = new Map<string, RegistryTable>()
  tables.set(host, made)
  return made
}
