import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, afterEach, expect, test } from 'vitest'
import { everything, packDirectory } from '../archive/index.ts'
import { ClientError, type WorkersClient } from '../client/index.ts'
import type { Job, NewLogLine, RegisterRequest } from '../contract/index.ts'
import { attachPrefix, type Clock, detach, systemClock } from '../kernel/index.ts'
import { createRuntime } from '../otp/index.ts'
import { type Agent, startAgent } from './agent.ts'
import type { AgentOptions } from './agent-options.ts'

const root = mkdtempSync(join(tmpdir(), 'quorate-agent-'))
const running: Agent[] = []
afterEach(async () => {
  for (const agent of running.splice(0)) await agent.stop({ drain: false })
})
afterAll(() => rmSync(root, { recursive: true }))

/** Pauses pass a hundred times faster; nothing else about time changes. */
const hasty: Clock = {
  nowMs: systemClock.nowMs,
  monotonicMs: () => systemClock.monotonicMs() * 100,
  after: (delayMs, fire, options) => systemClock.after(delayMs / 100, fire, options),
}

const away = (): never => {
  throw new ClientError('No server answers', { status: 0, code: 'server_unreachable' })
}
const refuse = (status: number, code: string) => (): never => {
  throw new ClientError(`refused: ${code}`, { status, code })
}

type Calls = Partial<Record<keyof WorkersClient, () => unknown>>

/** A farm in memory: hands out jobs, takes reports, and misbehaves as it is told to. */
function farm() {
  const jobs: { job: Job; source: Buffer }[] = []
  const sources = new Map<string, Buffer>()
  const seen = {
    registrations: [] as RegisterRequest[],
    lines: [] as NewLogLine[],
    batches: [] as number[],
    uploads: [] as { name: string; content: Buffer }[],
    failures: [] as string[],
    beats: 0,
  }
  const trouble: Calls = {}
  let waiting: (() => void) | undefined
  const workers: WorkersClient = {
    async register(request) {
      trouble.register?.()
      seen.registrations.push(request)
      return { id: request.id ?? '', access_token: 't', status: 'registered', message: '', baseImageId: null }
    },
    async poll(_token, { signal } = {}) {
      trouble.poll?.()
      if (jobs.length === 0) {
        await new Promise<void>((resolve, reject) => {
          waiting = resolve
          signal?.addEventListener('abort', () => reject(signal.reason as Error))
        })
      }
      return { job: jobs.shift()?.job ?? null, access_token: 't' }
    },
    async openSource({ id }) {
      trouble.openSource?.()
      const source = sources.get(id) ?? Buffer.alloc(0)
      const content = new Blob([new Uint8Array(source)]).stream() as ReadableStream<Uint8Array>
      return { content, from: 0, bytesTotal: source.length, sha256: '', name: 'source.zip' }
    },
    async heartbeat() {
      seen.beats += 1
      trouble.heartbeat?.()
      return { status: 'ok', timestamp: 0 }
    },
    async pushLogs(_lease, lines) {
      trouble.pushLogs?.()
      seen.lines.push(...lines)
      seen.batches.push(lines.length)
      return { success: true, count: lines.length }
    },
    async upload(_lease, { name, content }) {
      trouble.upload?.()
      seen.uploads.push({ name, content: await buffer(content) })
      return { success: true, status: 'success', message: '' }
    },
    async fail(_lease, error) {
      trouble.fail?.()
      seen.failures.push(error)
      return { success: true, status: 'failed', message: '' }
    },
    abandon: async () => ({ success: true, message: '' }),
    list: async () => [],
  }
  const submit = (source: Buffer, job: Partial<Job> = {}): void => {
    const id = `build-${sources.size + 1}`
    sources.set(id, source)
    jobs.push({ source, job: { ...JOB, id, source_sha256: sha256(source), ...job } })
    waiting?.()
  }
  return { workers, submit, seen, trouble }
}

const JOB: Job = {
  id: '',
  platform: 'linux',
  source_url: '',
  certs_url: null,
  baseImageId: null,
  submitted_at: 0,
  otp: '',
  attempt: 1,
  attempt_token: 'a',
  lease_ms: 30_000,
  source_sha256: '',
}

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex')

async function zipOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const folder = mkdtempSync(join(root, 'source-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const archive = `${folder}.zip`
  await packDirectory(folder, archive, { filter: everything })
  return readFileSync(archive)
}

async function start(workers: WorkersClient, command: string, more: Partial<AgentOptions> = {}) {
  const workDir = mkdtempSync(join(root, 'work-'))
  const options: AgentOptions = {
    workers,
    workDir,
    name: 'tester',
    platforms: ['linux'],
    command,
    artifacts: ['out/*'],
    timeoutMs: 60 * 60_000,
    heartbeatMs: 5_000,
    env: {
      PATH: process.env['PATH'],
      QUORATE_API_KEY: 'qk_secret',
      COPY: 'has qk_secret inside',
      HOME: '/h',
    },
    key: 'qk_secret',
    clock: hasty,
    random: () => 0.5,
    ...more,
  }
  const agent = await startAgent(options, createRuntime({ clock: hasty, logger: () => undefined }))
  running.push(agent)
  return { agent, options, folders: () => readdirSync(join(workDir, 'runs')) }
}

let listeners = 0

/** The next event of this name; ask before what causes it. */
function next(event: string): Promise<Record<string, unknown>> {
  const id = `agent.test.${listeners++}`
  return new Promise((resolve) => {
    attachPrefix(id, event, (_name, metadata) => {
      detach(id)
      resolve(metadata as Record<string, unknown>)
    })
  })
}

const messages = (lines: readonly NewLogLine[]): string[] => lines.map(({ message }) => message)

test('a build is fetched, run and handed in, with its output in order and nothing left', async () => {
  const { workers, submit, seen } = farm()
  const { folders, agent } = await start(
    workers,
    'cat input.txt; mkdir out; cp input.txt out/result.txt; env | sort',
  )
  const ended = next('agent.attempt.ended')
  submit(await zipOf({ 'input.txt': 'hello\nworld\n' }))
  expect(await ended).toMatchObject({
    buildId: 'build-1',
    attempt: 1,
    state: 'completed',
    detail: 'result.txt',
  })
  expect(seen.uploads).toEqual([{ name: 'result.txt', content: Buffer.from('hello\nworld\n') }])
  const log = messages(seen.lines)
  expect(log.slice(2, 4)).toEqual(['hello', 'world'])
  expect(log).toContain('QUORATE_BUILD_ID=build-1')
  expect(log).toContain('CI=true')
  expect(log.join('\n')).not.toContain('qk_secret')
  expect(seen.registrations).toMatchObject([
    {
      id: agent.workerId,
      name: 'tester',
      active_build_count: 0,
      capabilities: { platforms: ['linux'], heartbeat_ms: 5_000 },
    },
  ])
  expect(seen.beats).toBeGreaterThan(0)
  expect(folders()).toEqual([])
})

test('a failed command is reported with its exit code and its last words', async () => {
  const { workers, submit, seen } = farm()
  await start(workers, 'for i in 1 2 3 4 5 6 7 8 9 10 11; do echo line $i; done; echo broken >&2; exit 7')
  const ended = next('agent.attempt.ended')
  submit(await zipOf({ a: '' }))
  expect(await ended).toMatchObject({ state: 'failed' })
  expect(seen.failures[0]).toMatch(
    /^The command ended with exit code 7\n(line \d+\n|broken\n){9}(line 11|broken)$/,
  )
  expect(seen.lines).toContainEqual({ level: 'warn', message: 'broken' })
})

test.each<[string, () => Promise<Buffer>, Partial<Job>, RegExp]>([
  ['a wrong checksum', () => zipOf({ a: '' }), { source_sha256: 'f'.repeat(64) }, /SHA-256/],
  ['no archive', async () => Buffer.from('hello'), {}, /The source was refused/],
  [
    'a gzip archive',
    async () => Buffer.from([0x1f, 0x8b, 8, 0]),
    {},
    /gzip archive; this worker unpacks zip/,
  ],
])('%s fails the build before its command runs', async (_title, source, job, error) => {
  const { workers, submit, seen } = farm()
  const { folders } = await start(workers, 'echo never')
  const ended = next('agent.attempt.ended')
  submit(await source(), job)
  await ended
  expect(seen.failures).toEqual([expect.stringMatching(error)])
  expect(messages(seen.lines)).not.toContain('never')
  expect(folders()).toEqual([])
})

test('a build that makes nothing fails and names the pattern', async () => {
  const { workers, submit, seen } = farm()
  await start(workers, 'true')
  const ended = next('agent.attempt.ended')
  submit(await zipOf({ a: '' }))
  await ended
  expect(seen.failures).toEqual(['No file matches "out/*"'])
})

test('when the server says that the build is lost, the command dies and nothing is reported', async () => {
  const { workers, submit, seen, trouble } = farm()
  const { folders } = await start(workers, 'echo up; while :; do sleep 1; done')
  const ended = next('agent.attempt.ended')
  trouble.pushLogs = () => {
    trouble.heartbeat = refuse(409, 'lease_lost')
  }
  submit(await zipOf({ a: '' }))
  expect(await ended).toMatchObject({ state: 'lost', detail: 'refused: lease_lost' })
  expect([seen.uploads, seen.failures, folders()]).toEqual([[], [], []])
})

test('a build goes on while the server is away, and no line is lost', async () => {
  const { workers, submit, seen, trouble } = farm()
  await start(workers, 'i=0; while [ $i -lt 500 ]; do echo $i; i=$((i+1)); done; mkdir out; touch out/a')
  const ended = next('agent.attempt.ended')
  let outages = 0
  const sometimes = (): void => {
    outages += 1
    if (outages % 3 !== 0) away()
  }
  Object.assign(trouble, {
    openSource: sometimes,
    pushLogs: sometimes,
    upload: sometimes,
    heartbeat: sometimes,
  })
  submit(await zipOf({ a: '' }))
  expect(await ended).toMatchObject({ state: 'completed' })
  const counted = messages(seen.lines).filter((line) => /^\d+$/.test(line))
  expect(counted).toEqual(Array.from({ length: 500 }, (_value, at) => String(at)))
  expect(Math.max(...seen.batches)).toBeLessThanOrEqual(50)
})

test('when the lease must have run out, the agent stops building', async () => {
  const { workers, submit, seen, trouble } = farm()
  await start(workers, 'while :; do sleep 1; done')
  const ended = next('agent.attempt.ended')
  Object.assign(trouble, { heartbeat: away, pushLogs: away })
  submit(await zipOf({ a: '' }))
  expect(await ended).toMatchObject({
    state: 'lost',
    detail: expect.stringContaining('longer than the lease'),
  })
  expect(seen.failures).toEqual([])
})

test('an artefact that the server refuses fails the build with its words', async () => {
  const { workers, submit, seen, trouble } = farm()
  await start(workers, 'mkdir out; touch out/big')
  const ended = next('agent.attempt.ended')
  trouble.upload = refuse(413, 'too_large')
  submit(await zipOf({ a: '' }))
  await ended
  expect(seen.failures).toEqual(['The server refused the artefact big: refused: too_large'])
})

test('stopped, the agent kills the command and gives the build back', async () => {
  const { workers, submit, seen, trouble } = farm()
  const { agent, folders } = await start(workers, 'echo up; while :; do sleep 1; done')
  const logged = new Promise<void>((resolve) => {
    trouble.pushLogs = () => resolve()
  })
  submit(await zipOf({ a: '' }))
  await logged
  const ended = next('agent.attempt.ended')
  await agent.stop({ drain: false })
  running.length = 0
  expect(await ended).toMatchObject({ state: 'lost', detail: expect.stringContaining('the worker stopped') })
  expect(seen.registrations.map((request) => request.active_build_count)).toEqual([0, 0])
  expect([seen.uploads, seen.failures, folders()]).toEqual([[], [], []])
})

test('drained, it finishes the build first', async () => {
  const { workers, submit, seen, trouble } = farm()
  const { agent, options } = await start(
    workers,
    'echo up; while [ -d "$HOME" ] && [ ! -e "$HOME/go" ]; do sleep 0.05; done; mkdir out; touch out/a',
    {
      env: { PATH: process.env['PATH'], HOME: root },
    },
  )
  const logged = new Promise<void>((resolve) => {
    trouble.pushLogs = () => resolve()
  })
  submit(await zipOf({ a: '' }))
  await logged
  const stopped = agent.stop({ drain: true })
  writeFileSync(join(root, 'go'), '')
  await stopped
  running.length = 0
  expect(seen.uploads).toMatchObject([{ name: 'a' }])
  const again = await startAgent(options, createRuntime({ clock: hasty }))
  running.push(again)
  expect(again.workerId).toBe(agent.workerId)
})

test('a token that ran out is replaced by registering again', async () => {
  const { workers, seen, trouble } = farm()
  let polls = 0
  const asked = new Promise<void>((resolve) => {
    trouble.poll = () => {
      polls += 1
      if (polls === 1) refuse(401, 'worker_token_invalid')()
      resolve()
    }
  })
  await start(workers, 'true')
  await asked
  expect(seen.registrations).toHaveLength(2)
})

test('an agent that starts before its server waits for it', async () => {
  const { workers, trouble } = farm()
  let tries = 0
  trouble.register = () => {
    tries += 1
    if (tries < 4) away()
  }
  const [lost, back] = [next('agent.server.away'), next('agent.registered')]
  await start(workers, 'true')
  expect(await lost).toMatchObject({ cause: 'No server answers' })
  await back
  expect(tries).toBe(4)
})

test('a wrong key ends the agent with the reason', async () => {
  const { workers, trouble } = farm()
  trouble.register = refuse(403, 'key_invalid')
  const { agent } = await start(workers, 'true')
  expect(await agent.failed).toMatchObject({ code: 'key_invalid' })
})
