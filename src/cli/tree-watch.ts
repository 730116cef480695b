import type { Client } from '../client/index.ts'
import { type Healing, healings, type Pids, pidsOf, type TreeReply } from '../contract/index.ts'
import type { Format } from './format.ts'
import type { Screen } from './screen.ts'
import { Interrupted, type Shell, stoppable } from './shell.ts'
import { treeLines } from './tree-lines.ts'

/** How long a restart stands out. */
const FLASH_MS = 2_500

/**
 * Shows the tree as it changes until somebody quits. In a terminal restarts
 * flash; elsewhere the tree is followed by one line for each restart, or as JSON
 * by every tree, one in a line.
 */
export async function watchTree(shell: Shell, client: Pick<Client, 'events'>, format: Format): Promise<void> {
  const { signal, release } = stoppable(shell)
  const quit = new AbortController()
  const over = AbortSignal.any([signal, quit.signal])
  const painter = format === 'json' ? undefined : openPainter(shell, (reason) => quit.abort(reason))
  const watcher = painter ?? { show: format === 'json' ? jsonLines(shell) : textLines(shell), close() {} }
  try {
    await follow(client, over, watcher.show)
  } catch (error) {
    if (quit.signal.reason !== QUIT) throw error
  } finally {
    release()
    watcher.close()
  }
}

const QUIT = 'quit'

type Show = (reply: TreeReply, healed: readonly Healing[]) => void

async function follow(client: Pick<Client, 'events'>, signal: AbortSignal, show: Show): Promise<void> {
  let pids: Pids = new Map()
  let node = ''
  for await (const event of client.events(signal)) {
    if (event.type !== 'tree') continue
    const { tree } = event
    if (tree.node !== node) pids = new Map()
    node = tree.node
    show(tree, healings(pids, tree.root))
    pids = pidsOf(tree.root, pids)
  }
}

function jsonLines({ terminal }: Shell): Show {
  return (tree) => terminal.data(JSON.stringify(tree))
}

function textLines({ terminal, clock }: Shell): Show {
  let begun = false
  return (tree, healed) => {
    if (!begun) terminal.data(treeLines(tree.root, terminal.paintData).join('\n'))
    begun = true
    const at = new Date(clock.nowMs()).toISOString()
    for (const { path, before, after } of healed) {
      terminal.data(`${terminal.paintData.dim(at)} ${path} restarted: ${before} -> ${after}`)
    }
  }
}

/** Draws on the whole terminal; undefined where there is none. */
function openPainter(
  shell: Shell,
  quit: (reason: unknown) => void,
): { show: Show; close(): void } | undefined {
  const painter = new TreePainter(shell)
  const screen = shell.terminal.openScreen({
    onKey(key) {
      if (key === 'q') quit(QUIT)
      if (key === 'ctrl-c') quit(new Interrupted('SIGINT'))
    },
    onResize: () => painter.draw(),
  })
  if (!screen) return undefined
  painter.screen = screen
  return { show: (tree, healed) => painter.take(tree, healed), close: () => screen.close() }
}

class TreePainter {
  screen: Screen | undefined
  private readonly shell: Shell
  private tree: TreeReply | undefined
  /** Places that flash, with how often they were set alight. */
  private readonly flashing = new Map<string, number>()

  constructor(shell: Shell) {
    this.shell = shell
  }

  take(tree: TreeReply, healed: readonly Healing[]): void {
    this.tree = tree
    for (const { path } of healed) this.flash(path)
    this.draw()
  }

  draw(): void {
    const { screen, tree, shell } = this
    if (!screen || !tree) return
    const paint = shell.terminal.paintData
    const lines = treeLines(tree.root, paint, new Set(this.flashing.keys()))
    const fitting = Math.max(0, screen.rows - 2)
    const hidden = lines.length - fitting
    screen.show([
      ...lines.slice(0, fitting),
      hidden > 0 ? paint.dim(`… and ${hidden} more`) : '',
      paint.dim(`node ${tree.node}   q quit`),
    ])
  }

  private flash(path: string): void {
    this.flashing.set(path, (this.flashing.get(path) ?? 0) + 1)
    this.shell.clock.after(FLASH_MS, () => {
      const left = (this.flashing.get(path) ?? 1) - 1
      if (left > 0) this.flashing.set(path, left)
      else this.flashing.delete(path)
      this.draw()
    })
  }
}
