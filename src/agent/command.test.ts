import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, expect, test, vi } from 'vitest'
import { type Clock, systemClock } from '../kernel/index.ts'
import { type CommandOptions, runCommand } from './command.ts'

const directory = mkdtempSync(`${tmpdir()}/quorate-command-`)
afterAll(() => rmSync(directory, { recursive: true }))

interface Run {
  readonly lines: [string, string][]
  group: number
}

async function run(command: string, options: Partial<CommandOptions> = {}) {
  const seen: Run = { lines: [], group: 0 }
  const outcome = await runCommand({
    command,
    directory,
    env: { PATH: process.env['PATH'] },
    timeoutMs: 60_000,
    killGraceMs: 200,
    signal: new AbortController().signal,
    clock: systemClock,
    onStart: (pid) => {
      seen.group = pid
    },
    onLine: async (stream, text) => {
      seen.lines.push([stream, text])
    },
    ...options,
  })
  return { outcome, ...seen }
}

const out = (lines: readonly [string, string][]): string[] => lines.map(([, text]) => text)

test('an exit code is told as it is, and both streams are read to the end', async () => {
  const { outcome, lines } = await run('echo one; echo two >&2; printf three; exit 3')
  expect(outcome).toEqual({ kind: 'exited', code: 3 })
  expect(lines.filter(([stream]) => stream === 'stdout')).toEqual([
    ['stdout', 'one'],
    ['stdout', 'three'],
  ])
  expect(lines.filter(([stream]) => stream === 'stderr')).toEqual([['stderr', 'two']])
})

test('a missing command, a missing folder and a suicide are told apart', async () => {
  expect((await run('no-such-command-here')).outcome).toEqual({ kind: 'exited', code: 127 })
  expect((await run('kill -KILL $$')).outcome).toEqual({ kind: 'killed', by: 'SIGKILL' })
  await expect(run('true', { directory: `${directory}/none` })).rejects.toThrow('ENOENT')
})

test('only the given environment is there', async () => {
  const { lines } = await run('env | grep -v -E "^(PWD|SHLVL|_|OLDPWD)="', {
    env: { PATH: '/usr/bin:/bin', A: '1' },
  })
  expect(out(lines).sort()).toEqual(['A=1', 'PATH=/usr/bin:/bin'])
})

test('100,000 lines keep their order while the reader is slow to take them', async () => {
  let waiting = 0
  let most = 0
  let last = -1
  const { outcome } = await run('i=0; while [ $i -lt 100000 ]; do echo $i; i=$((i+1)); done', {
    onLine: async (_stream, text) => {
      waiting += 1
      most = Math.max(most, waiting)
      await new Promise((resolve) => setImmediate(resolve))
      expect(Number(text)).toBe(last + 1)
      last = Number(text)
      waiting -= 1
    },
  })
  expect(outcome).toEqual({ kind: 'exited', code: 0 })
  expect([last, most]).toEqual([99_999, 1])
})

test('at the time limit the whole group dies, also children that ignore the polite signal', async () => {
  const timers = new Map<number, () => void>()
  const clock: Clock = {
    ...systemClock,
    after(delayMs, fire) {
      timers.set(delayMs, fire)
      if (delayMs === 200) setImmediate(fire)
      return { cancel: () => timers.delete(delayMs) }
    },
  }
  const stubborn = `trap '' TERM; (while :; do sleep 1; done) & echo up; while :; do sleep 1; done`
  const { outcome, group } = await run(stubborn, {
    clock,
    onLine: async (_stream, text) => {
      if (text === 'up') timers.get(60_000)?.()
    },
  })
  expect(outcome).toEqual({ kind: 'timed_out' })
  await vi.waitFor(() => expect(livingIn(group)).toEqual([]))
})

test('a command that ends on the polite signal may clean up first', async () => {
  const { outcome, lines } = await stoppedAfter(
    'ready',
    `trap 'echo cleaned; exit 0' TERM; echo ready; while :; do sleep 0.05; done`,
  )
  expect(outcome).toEqual({ kind: 'stopped' })
  expect(out(lines)).toContain('cleaned')
})

test('what the shell leaves running dies with it and does not hold up the end', async () => {
  const { outcome, group } = await run('sleep 1000 & echo started')
  expect(outcome).toEqual({ kind: 'exited', code: 0 })
  await vi.waitFor(() => expect(livingIn(group)).toEqual([]))
})

test('a stop before the start starts nothing', async () => {
  const { outcome, group } = await run('echo never', { signal: AbortSignal.abort() })
  expect([outcome, group]).toEqual([{ kind: 'stopped' }, 0])
})

async function stoppedAfter(line: string, command: string) {
  const abort = new AbortController()
  const lines: [string, string][] = []
  const { outcome } = await run(command, {
    signal: abort.signal,
    killGraceMs: 30_000,
    onLine: async (stream, text) => {
      lines.push([stream, text])
      if (text === line) abort.abort()
    },
  })
  return { outcome, lines }
}

/** What of a group still lives; zombies that nobody reaped yet do not. A killed one takes a moment to go. */
function livingIn(group: number): string[] {
  return execFileSync('ps', ['-eo', 'pgid=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.trim().startsWith(`${group} `) && !/^\s*\d+\s+Z/.test(line))
}
