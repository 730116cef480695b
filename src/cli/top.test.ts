import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import pc from 'picocolors'
import { expect, type TestContext, test } from 'vitest'
import { ClientError, type NodeClient } from '../client/index.ts'
import type { LiveEvent, ProcessesReply, ProcessRow, ProcessView } from '../contract/index.ts'
import { systemClock } from '../kernel/index.ts'
import { settle, virtualClock } from '../testing/index.ts'
import { terminalOn } from './output.ts'
import { run } from './program.ts'
import { keysOf, openScreen, repaint, type ScreenEvents } from './screen.ts'
import { Interrupted, type Shell, type StopSignal } from './shell.ts'
import { type TopFrame, topLines } from './top-frame.ts'
import { watchTop } from './top-live.ts'
import { pressed, type TopView } from './top-view.ts'
import { watchTree } from './tree-watch.ts'

const plain = pc.createColors(false)
const view: TopView = { sort: 'mailbox', filter: '', typing: false, paused: false }

const row = (pid: string, more: Partial<ProcessRow> = {}): ProcessRow => ({
  pid,
  name: null,
  module: 'm',
  status: 'waiting',
  mailbox: 0,
  handled: 0,
  links: 1,
  memory_bytes: null,
  started_at: '2026-01-01T00:00:00.000Z',
  ancestors: [],
  ...more,
})
const reply = (processes: readonly ProcessRow[], atMs = 0): ProcessesReply => ({
  node: 'n1',
  at_ms: atMs,
  total: 40,
  matching: processes.length,
  waiting: 3,
  processes: [...processes],
})
const processes = [
  row('<0.7.0>', {
    name: 'shelf.poems',
    module: 'shelf',
    status: 'running',
    mailbox: 812,
    handled: 1_234_567,
  }),
  row('<0.8.0>', { module: 'supervisor', mailbox: 500, handled: 12 }),
  row('<0.9.0>', { name: 'evil\u001B[2J', module: 'x'.repeat(80), status: 'suspended' }),
]
const frame = (more: Partial<TopFrame> = {}): TopFrame => ({
  view,
  reply: reply(processes),
  pace: new Map([['<0.7.0>', 1_499.6]]),
  problem: undefined,
  nowMs: Date.parse('2026-01-01T00:02:05.000Z'),
  columns: 96,
  rows: 9,
  ...more,
})

test('a frame shows the processes as a table between a summary and the keys', () => {
  expect(topLines(frame(), plain)).toEqual([
    'quorate top: node n1, 3 of 40 processes, 3 messages waiting',
    '',
    'PID         ▼MAILBOX     HANDLED     RATE  LINKS        UP STATUS     PROCESS                   ',
    '<0.7.0>          812     1234567   1500/s      1     2m 5s running    shelf.poems (shelf)',
    '<0.8.0>          500          12               1     2m 5s waiting    supervisor',
    `<0.9.0>            0           0               1     2m 5s suspended  evil (${'x'.repeat(20)}`,
    '',
    '',
    'q quit   m h s sort by mailbox, handled, started   / filter   p pause',
  ])
})

test('a small terminal goes without what is least missed, and a tiny one breaks nothing', () => {
  const narrow = topLines(frame({ columns: 50, rows: 5 }), plain)
  expect(narrow).toEqual([
    'quorate top: node n1, 3 of 40 processes, 3 message',
    '',
    'PID         ▼MAILBOX PROCESS                      ',
    '<0.7.0>          812 shelf.poems (shelf)',
    'q quit   m h s sort by mailbox, handled, started  ',
  ])
  for (let columns = 1; columns < 60; columns += 1)
    for (const line of topLines(frame({ columns, rows: 1 }), plain))
      expect(line.length).toBeLessThanOrEqual(columns)
})

test('memory is a column as soon as one process knows its own', () => {
  const [thread] = [row('<0.7.0>', { memory_bytes: 5 * 1024 * 1024 })]
  const lines = topLines(frame({ columns: 110, reply: reply([thread, row('<0.8.0>')]) }), plain)
  expect(lines[2]).toContain(' MEMORY ')
  expect(lines[3]).toContain(' 5.0 MB ')
  expect(lines[4]).toMatch(/ - +2m 5s/)
})

test('a mailbox is yellow from 500 on and red from 800 on', () => {
  const paint = pc.createColors(true)
  const lines = topLines(frame(), paint)
  expect(lines[3]).toContain(paint.bold(paint.red('      812')))
  expect(lines[4]).toContain(paint.yellow('      500'))
})

test('keys sort, pause, filter and quit', () => {
  const after = (...keys: readonly string[]) =>
    keys.reduce<ReturnType<typeof pressed>>(
      (now, key) => (typeof now === 'string' ? now : pressed(now, key)),
      view,
    )
  expect(after('h')).toMatchObject({ sort: 'handled' })
  expect(after('s', 'm')).toMatchObject({ sort: 'mailbox' })
  expect(after('p')).toMatchObject({ paused: true })
  expect(after('p', ' ')).toMatchObject({ paused: false })
  expect(after('/', 'q', 'x', 'backspace', 'h')).toMatchObject({
    filter: 'qh',
    typing: true,
    sort: 'mailbox',
  })
  expect(after('/', 'a', 'enter')).toMatchObject({ filter: 'a', typing: false })
  expect(after('/', 'a', 'enter', 'escape')).toMatchObject({ filter: '' })
  expect(after('/', 'a', 'escape')).toMatchObject({ filter: '', typing: false })
  expect([after('q'), after('ctrl-c'), after('/', 'ctrl-c')]).toEqual(['quit', 'interrupt', 'interrupt'])
  expect(keysOf('q\u0003\u001B\u001B[A\u001BOP\u001B[15~\r\u007Fé')).toEqual([
    'q',
    'ctrl-c',
    'escape',
    'enter',
    'backspace',
    'é',
  ])
})

test('only lines that changed are written again, and lines that went are wiped', () => {
  expect(repaint(['a', 'b', 'c'], ['a', 'x'])).toBe('\u001B[2;1Hx\u001B[K\u001B[3;1H\u001B[K')
  expect(repaint(['a'], ['a'])).toBe('')
})

test('a screen takes the terminal over and gives it back as it was', () => {
  const [out, keyboard] = [ttyStream(), ttyStream()]
  const heard: string[] = []
  const screen = openScreen(out.tty as NodeJS.WriteStream, keyboard.tty as NodeJS.ReadStream, {
    onKey: (key) => heard.push(key),
    onResize: () => heard.push('resized'),
  })
  screen.show(['1', '2', '3', '4'])
  keyboard.tty.emit('data', 'hq')
  out.tty.emit('resize')
  screen.show(['1'])
  screen.close()
  keyboard.tty.emit('data', 'x')
  out.tty.emit('resize')
  expect(heard).toEqual(['h', 'q', 'resized'])
  expect(keyboard.calls).toEqual(['raw true', 'resume', 'raw false', 'pause'])
  const written = out.text()
  expect(written.startsWith('\u001B[?1049h\u001B[?25l')).toBe(true)
  expect(written.endsWith('\u001B[?25h\u001B[?1049l')).toBe(true)
  expect(written).toContain('3')
  expect(written).not.toContain('4\u001B[K')
  // What was shown is gone after a resize, and drawn anew.
  expect(written.match(/\u001B\[1;1H1/g)).toHaveLength(2)
})

/** A terminal of three rows that notes what is done to it. */
function ttyStream() {
  let text = ''
  const calls: string[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  const tty = Object.assign(stream, {
    isTTY: true,
    columns: 40,
    rows: 3,
    setRawMode: (raw: boolean) => calls.push(`raw ${raw}`),
    setEncoding: () => undefined,
    resume: () => calls.push('resume'),
    pause: () => calls.push('pause'),
  })
  return { tty: tty as unknown as NodeJS.WriteStream | NodeJS.ReadStream, calls, text: () => text }
}

/** A shell whose screen a test looks at and types into; without `screen`, a pipe. */
function setup({ screen = true } = {}) {
  const clock = virtualClock()
  const out = ttyStream()
  const shown: string[][] = []
  const typed: ScreenEvents[] = []
  const signals = new Set<(signal: StopSignal) => void>()
  let closed = 0
  const terminal = {
    ...terminalOn(out.tty as NodeJS.WriteStream, out.tty as NodeJS.WriteStream, { NO_COLOR: '1' }),
    openScreen(events: ScreenEvents) {
      if (!screen) return undefined
      typed.push(events)
      return {
        columns: 90,
        rows: 20,
        show: (lines: readonly string[]) => void shown.push([...lines]),
        close: () => void (closed += 1),
      }
    },
  }
  const shell: Shell = {
    cwd: '/',
    env: {},
    terminal,
    logStream: out.tty as NodeJS.WriteStream,
    clock,
    onSignal(listener) {
      signals.add(listener)
      return () => signals.delete(listener)
    },
    exitNow: () => undefined,
    endWith: () => undefined,
  }
  return {
    shell,
    clock,
    shown,
    signals,
    press: (key: string) => typed[0]?.onKey(key),
    last: () => (shown.at(-1) ?? []).join('\n'),
    closed: () => closed,
    text: out.text,
  }
}

/** A node that answers as the test tells it to. */
function fakeNode(answer: (asked: number) => Promise<ProcessesReply>) {
  const asked: Parameters<NodeClient['processes']>[0][] = []
  const node: Pick<NodeClient, 'processes'> = {
    processes(query) {
      asked.push(query)
      return answer(asked.length)
    },
  }
  return { node, asked }
}

const options = { view, intervalMs: 1_000, limit: 50 }

test('top looks again after each pause and at once after a key, and gives the terminal back', async () => {
  const { shell, clock, press, last, closed } = setup()
  const { node, asked } = fakeNode(async (time) =>
    reply([row('<0.7.0>', { handled: 100 * time })], 1_000 * time),
  )
  const done = watchTop(shell, { ...options, node })
  await settle()
  expect(asked).toEqual([{ sort: 'mailbox', limit: 50, filter: undefined }])
  await clock.advance(1_000)
  expect(last()).toContain(' 100/s ')
  press('h')
  await settle()
  expect(asked.at(-1)).toMatchObject({ sort: 'handled' })
  expect(last()).toContain('▼HANDLED')
  press('p')
  const before = asked.length
  await clock.advance(10_000)
  expect([asked.length, last().includes(', paused')]).toEqual([before, true])
  press('q')
  expect([await done, closed()]).toEqual([true, 1])
})

test('a key that comes right after a look leaves the rates alone', async () => {
  const { shell, clock, press, last } = setup()
  const times = [1_000, 2_000, 2_010]
  const { node } = fakeNode(async (time) =>
    reply([row('<0.7.0>', { handled: 100 * time })], times[time - 1] ?? 9_000),
  )
  const done = watchTop(shell, { ...options, node })
  await settle()
  await clock.advance(1_000)
  press('h')
  await settle()
  expect(last()).toContain(' 100/s ')
  press('q')
  await done
})

test('a server that goes away is waited for; what was seen stays', async () => {
  const { shell, clock, press, last } = setup()
  const { node } = fakeNode(async (time) => {
    if (time === 2) throw new ClientError('No server answers', { status: 0, code: 'server_unreachable' })
    return reply([row('<0.7.0>')])
  })
  const done = watchTop(shell, { ...options, node })
  await settle()
  await clock.advance(1_000)
  expect(last()).toContain('No server answers; asking again')
  expect(last()).toContain('<0.7.0>')
  await clock.advance(1_000)
  expect(last()).not.toContain('asking again')
  press('q')
  await done
})

test('a refusal ends it, and so does a person or an operator, also while no answer comes', async () => {
  const refused = setup()
  const { node } = fakeNode(async () => {
    throw new ClientError('Invalid API key', { status: 403, code: 'key_invalid' })
  })
  await expect(watchTop(refused.shell, { ...options, node })).rejects.toThrow('Invalid API key')
  expect(refused.closed()).toBe(1)

  const silent = fakeNode(() => new Promise(() => {})).node
  const person = setup()
  const byPerson = watchTop(person.shell, { ...options, node: silent })
  person.press('ctrl-c')
  await expect(byPerson).rejects.toEqual(new Interrupted('SIGINT'))
  const operator = setup()
  const byOperator = watchTop(operator.shell, { ...options, node: silent })
  for (const listener of operator.signals) listener('SIGTERM')
  await expect(byOperator).rejects.toMatchObject({ signal: 'SIGTERM' })
  expect([person.closed(), operator.closed(), operator.signals.size]).toEqual([1, 1, 0])
})

/** A server that knows three processes and nothing else. */
async function world(t: TestContext) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(reply(processes)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.onTestFinished(() => void server.close())
  const { shell, text } = setup({ screen: false })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const top = async (...args: readonly string[]) => {
    const env = { QUORATE_URL: url, QUORATE_API_KEY: 'k'.repeat(20) }
    const code = await run(['top', ...args], { ...shell, env, clock: systemClock })
    return { code, text: text() }
  }
  return { top, asked }
}

test('where nobody watches, top is one plain table or JSON', async (t) => {
  const { top, asked } = await world(t)
  const printed = await top('--sort', 'handled', '--filter', 'shelf', '--limit', '7')
  expect(printed.code).toBe(0)
  expect(printed.text).toMatch(/^PID +MAILBOX +HANDLED +LINKS +UP +STATUS +PROCESS\n<0\.7\.0> +812 +1234567 /)
  expect(printed.text).not.toContain('\u001B')
  expect(asked).toEqual(['/api/v1/processes?sort=handled&limit=7&filter=shelf'])
  const json = (await top('-o', 'json')).text.slice(printed.text.length)
  expect(JSON.parse(json)).toMatchObject({ node: 'n1', processes: [{ pid: '<0.7.0>' }, {}, {}] })
  expect((await top('--sort', 'colour')).code).toBe(2)
})

const treeOf = (pid: string, restarts: number): LiveEvent => {
  const place = {
    name: null,
    module: 'm',
    status: 'running',
    mailbox: 0,
    handled: 0,
    started_at: null,
  } as const
  const hub: ProcessView = { ...place, id: 'hub', pid, kind: 'worker', restarts, children: [] }
  const root: ProcessView = {
    ...place,
    id: 'top',
    pid: '<0.1.0>',
    kind: 'supervisor',
    restarts: 0,
    children: [hub],
  }
  return { type: 'tree', tree: { node: 'n1', root } }
}

/** Events that come when the test says so, until they are aborted. */
function fakeEvents() {
  const waiting: ((event: LiveEvent) => void)[] = []
  async function* events(signal?: AbortSignal): AsyncGenerator<LiveEvent, never> {
    for (;;) {
      yield await new Promise<LiveEvent>((resolve, reject) => {
        waiting.push(resolve)
        signal?.addEventListener('abort', () => reject(signal.reason as Error))
      })
    }
  }
  const send = async (event: LiveEvent): Promise<void> => {
    await settle()
    waiting.shift()?.(event)
    await settle()
  }
  return { events, send }
}

test('a watched tree lets a restart stand out for a while', async () => {
  const { shell, clock, last, press, closed } = setup()
  const inverted = { ...plain, inverse: (text: unknown) => `>${String(text)}<` } as typeof plain
  const { events, send } = fakeEvents()
  const painted: Shell = { ...shell, terminal: { ...shell.terminal, paintData: inverted } }
  const done = watchTree(painted, { events }, 'table')
  await send(treeOf('<0.2.0>', 0))
  expect(last()).toMatch(/^top <0\.1\.0>\n└── hub <0\.2\.0>, 0 handled\n/)
  await send(treeOf('<0.3.0>', 1))
  expect(last()).toContain('hub <0.3.0>, 0 handled >1 restart<')
  await clock.advance(2_500)
  expect(last()).toContain('hub <0.3.0>, 0 handled 1 restart\n')
  press('q')
  await done
  expect(closed()).toBe(1)
})

test('a tree watched through a pipe is followed by a line for each restart, or is JSON by the line', async () => {
  for (const format of ['table', 'json'] as const) {
    const { shell, signals, text } = setup({ screen: false })
    const { events, send } = fakeEvents()
    const ended = watchTree(shell, { events }, format).catch((error: unknown) => error)
    await send(treeOf('<0.2.0>', 0))
    await send(treeOf('<0.3.0>', 1))
    for (const listener of signals) listener('SIGINT')
    expect(await ended).toBeInstanceOf(Interrupted)
    const lines = text().trimEnd().split('\n')
    if (format === 'table') expect(lines.at(-1)).toMatch(/ top\/hub restarted: <0\.2\.0> -> <0\.3\.0>$/)
    else expect(lines.map((line) => (JSON.parse(line) as { node: string }).node)).toEqual(['n1', 'n1'])
    expect(signals.size).toBe(0)
  }
})
