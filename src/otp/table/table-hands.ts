import { Problem } from '../../kernel/index.ts'
import { currentProcess } from '../current.ts'
import { canonical, type Key } from '../key.ts'
import type { Process } from '../process.ts'
import type { TableCore } from './table-core.ts'

/** A table in the hands of one process: what this process may do with it. */
export abstract class TableHands<Row extends object> {
  protected readonly core: TableCore<Row>
  private readonly holder: Process

  constructor(core: TableCore<Row>, holder: Process) {
    this.core = core
    this.holder = holder
  }

  protected actor(): Process {
    const process = currentProcess() ?? this.holder
    process.mustLive()
    return process
  }

  protected readable(): TableCore<Row> {
    return this.may('read', this.core.access !== 'private')
  }

  protected writable(): TableCore<Row> {
    return this.may('write to', this.core.access === 'public')
  }

  protected owned(doing: string): TableCore<Row> {
    return this.may(doing, false)
  }

  private may(doing: string, everybody: boolean): TableCore<Row> {
    const { core } = this
    const actor = this.actor()
    if (!core.alive) {
      const wayOut = 'give it an heir, or an owner that lives longer'
      throw new Problem('no_table', 'the table is gone: its owner ended, or it was dropped', { wayOut })
    }
    if (everybody || actor === core.owner) return core
    throw new Problem(
      'table_access',
      `${actor.pid.id} may not ${doing} table ${core.label} (${core.access})`,
      {
        field: 'access',
        wayOut: 'ask its owner to do it, or make the table public',
      },
    )
  }

  protected noRow(key: Key): Problem {
    return new Problem('no_row', `table ${this.core.label} has no row under ${String(canonical(key))}`, {
      field: 'key',
      wayOut: 'insert one first, or say what stands for it',
    })
  }
}
