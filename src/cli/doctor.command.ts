import { Command } from 'commander'
import type { Check } from '../app/index.ts'
import { type ConfigFlags, configOf, withListening } from './config-flags.ts'
import { EXIT } from './exit-code.ts'
import { type Format, print, withFormat } from './format.ts'
import type { Shell } from './shell.ts'

interface Flags extends ConfigFlags {
  readonly output: Format
}

/** `quorate doctor`: what a node needs on this machine, with a way out for each finding. */
export function doctorCommand(shell: Shell): Command {
  const command = new Command('doctor')
    .description('check what a node needs here: Node, folders, disk, port, database')
    .action((flags: Flags) => examine(shell, flags))
  return withListening(withFormat(command))
}

async function examine(shell: Shell, flags: Flags): Promise<void> {
  const { doctor } = await import('../app/index.ts')
  const checks = await doctor((await configOf(flags, shell)).config)
  print(shell, flags.output, checks, () => checks.map((check) => finding(shell, check)).join('\n'))
  if (checks.some(({ state }) => state === 'fail')) shell.endWith(EXIT.error)
}

function finding({ terminal }: Shell, { name, state, message, wayOut }: Check): string {
  const { green, red, yellow } = terminal.paintData
  const marks = { pass: green('ok  '), warn: yellow('warn'), fail: red('FAIL') }
  return `${marks[state]} ${name}: ${[message, wayOut].filter(Boolean).join('. ')}`
}
