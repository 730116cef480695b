import { Command } from 'commander'
import type { LoadedConfig, Node } from '../app/index.ts'
import type { Secret } from '../kernel/index.ts'
import { type ConfigFlags, configOf, withListening } from './config-flags.ts'
import { devKey } from './dev-key.ts'
import { EXIT } from './exit-code.ts'
import type { Shell } from './shell.ts'

/** `quorate start`: runs a node until it is asked to stop. */
export function startCommand(shell: Shell): Command {
  const command = new Command('start')
    .description('start a node: database, queue, dashboard')
    .addHelpText(
      'after',
      '\nThe first start shows an admin key, once. All options: quorate config show --sources',
    )
    .action(async (flags: ConfigFlags) =>
      serve(shell, await configOf(flags, shell), (url) => greet(shell, url)),
    )
  return withListening(command)
}

/** `quorate dev`: a node for one person, with a key that stays and a link that logs in. */
export function devCommand(shell: Shell): Command {
  const command = new Command('dev')
    .description('start a node to play with: as start, with a link that logs in')
    .action(async (flags: ConfigFlags) => {
      const key = await devKey((await configOf(flags, shell)).config.data_dir)
      const env = { QUORATE_LOG_FORMAT: 'text', ...shell.env, QUORATE_API_KEY: key }
      const loaded = await configOf(flags, { ...shell, env })
      return serve(shell, loaded, (url) => greet(shell, `${url}/#key=${key}`, key))
    })
  return withListening(command)
}

async function serve(shell: Shell, { config }: LoadedConfig, greeting: (url: string) => void): Promise<void> {
  const { createLogger, startNode } = await import('../app/index.ts')
  const { formatExit, isClean } = await import('../otp/index.ts')
  const log = createLogger(config.log, shell.logStream)
  const starting = startNode(config, { log, onFirstKey: (key) => showKey(shell, key) })
  const release = stopOnSignal(shell, starting)
  try {
    const node = await starting
    greeting(node.url)
    const reason = await node.ended
    if (isClean(reason)) return
    shell.terminal.talk(`quorate: the node gave up: ${formatExit(reason)}. Look for the errors above.`)
    shell.endWith(EXIT.error)
  } finally {
    release()
  }
}

/** The first request to stop drains, also while the node still starts; the second one does not wait. */
function stopOnSignal(shell: Shell, starting: Promise<Node>): () => void {
  let asked = false
  return shell.onSignal((signal) => {
    if (asked) return shell.exitNow(signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated)
    asked = true
    shell.terminal.talk('Stopping; once more to stop at once.')
    void starting.then(
      (node) => node.stop(),
      () => undefined,
    )
  })
}

function greet({ terminal }: Shell, url: string, key?: string): void {
  const { bold, dim } = terminal.paintTalk
  terminal.talk(`Quorate listens at ${bold(url)}`)
  if (key) terminal.talk(dim(`For clients: export QUORATE_API_KEY=${key}`))
}

function showKey({ terminal }: Shell, key: Secret): void {
  const { bold } = terminal.paintTalk
  terminal.talk(`Admin key, shown only now: ${bold(key.reveal())}`)
  terminal.talk(`For clients: export QUORATE_API_KEY=${key.reveal()}`)
}
