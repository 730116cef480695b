import { Command } from 'commander'
import type { ProcessView } from '../contract/index.ts'
import { type ConnectionFlags, connect, withConnection } from './connection.ts'
import { type Format, print, printable, withFormat } from './format.ts'
import type { Shell } from './shell.ts'

interface Flags extends ConnectionFlags {
  readonly output: Format
}

/** `quorate tree`: the running supervision tree of the node that answers. */
export function treeCommand(shell: Shell): Command {
  const command = new Command('tree')
    .description('draw the supervision tree of the running node')
    .action((flags: Flags) => tree(shell, flags))
  return withConnection(withFormat(command))
}

async function tree(shell: Shell, flags: Flags): Promise<void> {
  const reply = await connect(flags, shell).client.node.tree()
  print(shell, flags.output, reply, () => branch(shell, reply.root, '', '').join('\n'))
}

function branch(shell: Shell, process: ProcessView, lead: string, below: string): readonly string[] {
  const last = process.children.length - 1
  return [
    `${lead}${label(shell, process)}`,
    ...process.children.flatMap((child, index) =>
      branch(
        shell,
        child,
        `${below}${index === last ? '└── ' : '├── '}`,
        `${below}${index === last ? '    ' : '│   '}`,
      ),
    ),
  ]
}

function label(shell: Shell, process: ProcessView): string {
  const { bold, dim, red, yellow } = shell.terminal.paintData
  const name = printable(process.name ?? process.id)
  const facts = [
    process.pid,
    process.kind === 'worker' ? `${process.handled} handled` : '',
    process.mailbox > 0 ? `${process.mailbox} waiting` : '',
  ].filter((fact) => fact !== '')
  const restarts = process.restarts > 0 ? ` ${yellow(`${process.restarts} restarts`)}` : ''
  const state = process.status === 'running' ? '' : ` ${red(process.status)}`
  return `${process.kind === 'supervisor' ? bold(name) : name} ${dim(facts.join(', '))}${restarts}${state}`
}
