import { Command, Option } from 'commander'
import { type ProcessSort, processSorts } from '../contract/index.ts'
import { read } from './arguments.ts'
import { type ConnectionFlags, connect, withConnection } from './connection.ts'
import { type Format, print, table, withFormat } from './format.ts'
import type { Shell } from './shell.ts'
import { topTable } from './top-frame.ts'
import { watchTop } from './top-live.ts'

interface Flags extends ConnectionFlags {
  readonly output: Format
  readonly sort: ProcessSort
  readonly filter: string
  readonly limit: number
  readonly interval: number
}

/** `quorate top`: the processes of the node that answers, live where a person watches, else one table. */
export function topCommand(shell: Shell): Command {
  const command = new Command('top')
    .description('show the processes of the running node, live in a terminal')
    .addOption(new Option('-s, --sort <by>', 'what comes first').choices(processSorts).default('mailbox'))
    .option('-f, --filter <words>', 'only processes whose name, module or pid contains this', '')
    .option('-l, --limit <count>', 'so many processes at most', read.whole(1, 1_000), 100)
    .option('--interval <duration>', 'pause between two looks', read.duration, 1_000)
    .action((flags: Flags, own: Command) => top(shell, flags, own.getOptionValueSource('output') === 'cli'))
  return withConnection(withFormat(command))
}

async function top(shell: Shell, flags: Flags, once: boolean): Promise<void> {
  const { node } = connect(flags, shell).client
  const { sort, filter, limit, interval: intervalMs } = flags
  const view = { sort, filter, typing: false, paused: false }
  if (!once && (await watchTop(shell, { node, view, limit, intervalMs }))) return
  const reply = await node.processes({ sort, limit, filter: filter.trim() || undefined })
  print(shell, flags.output, reply, () => {
    const { head, rows } = topTable(reply, shell.clock.nowMs())
    return table(shell, head, rows)
  })
}
