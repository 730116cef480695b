import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, expect, type TestContext, test, vi } from 'vitest'
import { blankDatabase, testServer } from '../../test/support/index.ts'
import { createClient } from '../client/index.ts'
import type { Job } from '../contract/index.ts'
import { systemClock } from '../kernel/index.ts'
import { terminalOn } from './output.ts'
import { run } from './program.ts'
import type { StopSignal } from './shell.ts'

const root = mkdtempSync(join(tmpdir(), 'quorate-cli-'))
afterAll(() => rmSync(root, { recursive: true }))

/** Collects what is written; no terminal. */
function sink() {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  return { stream: stream as unknown as NodeJS.WriteStream, bytes: () => Buffer.concat(chunks) }
}

/** A world to run commands in; `quorate` resolves with what a script would see. */
function world(env: Record<string, string> = {}) {
  const cwd = mkdtempSync(join(root, 'cwd-'))
  const listeners = new Set<(signal: StopSignal) => void>()
  const exits: number[] = []
  const quorate = async (...args: readonly string[]) => {
    const [out, talk] = [sink(), sink()]
    const code = await run(args, {
      cwd,
      env,
      terminal: terminalOn(out.stream, talk.stream, env),
      logStream: out.stream,
      clock: systemClock,
      onSignal(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      exitNow: (wanted) => exits.push(wanted),
    })
    return { code, stdout: out.bytes().toString(), stderr: talk.bytes().toString(), bytes: out.bytes() }
  }
  const interrupt = (signal: StopSignal): void => {
    for (const listener of listeners) listener(signal)
  }
  return { quorate, cwd, interrupt, listeners }
}

/** A world with a real server, and hands to be its worker. */
async function farm(t: TestContext) {
  const server = await testServer(t)
  const url = await server.listen()
  const env = { QUORATE_URL: url, QUORATE_API_KEY: server.keys.admin }
  const client = createClient({ url, key: server.keys.admin })
  const here = world(env)
  mkdirSync(join(here.cwd, 'project'))
  writeFileSync(join(here.cwd, 'project', 'a.txt'), 'a')
  const claim = async (): Promise<Job> => {
    const { access_token } = await client.workers.register({
      name: 'hand',
      capabilities: { platforms: ['linux'] },
    })
    const { job } = await client.workers.poll(access_token, { waitSeconds: 20 })
    if (job === null) throw new Error('no job')
    return job
  }
  const finish = async (job: Job, text: string) => {
    const content = new Blob([text]).stream() as AsyncIterable<Uint8Array>
    await client.workers.upload(job, { name: 'out.txt', bytes: Buffer.byteLength(text), content })
  }
  return { ...here, env, client, claim, finish }
}

const submit = ['build', 'submit', 'project', '-p', 'linux'] as const

test('submit prints the id and nothing else on standard output', async (t) => {
  const { quorate, client } = await farm(t)
  vi.stubEnv('TMPDIR', mkdtempSync(join(root, 'tmp-')))
  t.onTestFinished(() => void vi.unstubAllEnvs())
  const { code, stdout, stderr } = await quorate(...submit, '--name', 'nightly', '--priority', '7')
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^\w{21}\n$/)])
  expect(stderr).toMatch(
    /^Submitted 1 file \(\d+ B\) for linux\.\nFollow it with: quorate build logs \w+ -f\n$/,
  )
  expect(await client.builds.get(stdout.trim())).toMatchObject({
    name: 'nightly',
    priority: 7,
    platform: 'linux',
  })
  expect(readdirSync(tmpdir())).toEqual([])
})

test('a watched build prints its log and ends with its outcome', async (t) => {
  const { quorate, claim, finish, client } = await farm(t)
  const watched = quorate(...submit, '--watch')
  const job = await claim()
  await client.workers.pushLogs(job, [{ level: 'warn', message: 'half \u001B[31mway\u001B[0m\u0007' }])
  await finish(job, 'made')
  const { code, stdout, stderr } = await watched
  expect([code, stdout.split('\n')[0]]).toEqual([0, job.id])
  expect(stdout).toContain('\nBuild submitted\n')
  expect(stdout).toContain('\nhalf way\n')
  expect(stderr).toMatch(/Completed after .*: out\.txt, 4 B\nFetch it with: quorate build download/)

  const failing = quorate(...submit, '--watch')
  await client.workers.fail(await claim(), 'no luck\nat all')
  expect(await failing).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/The build failed.*: no luck\n$/),
  })
})

test('interrupting or timing out ends the watching, not the build', async (t) => {
  const { quorate, interrupt, listeners, client } = await farm(t)
  const watched = quorate(...submit, '--watch')
  await vi.waitFor(async () => expect((await client.builds.list()).builds).toHaveLength(1))
  await vi.waitFor(() => expect(listeners.size).toBe(1))
  interrupt('SIGINT')
  expect(await watched).toMatchObject({ code: 130 })
  const late = await quorate(...submit, '--watch', '--timeout', '1ms')
  expect(late).toMatchObject({ code: 124, stderr: expect.stringContaining('the build goes on') })
  const { builds } = await client.builds.list({ state: 'pending' })
  expect(builds.map(({ id }) => id)).toContain(late.stdout.split('\n')[0])
})

test('a download is complete, checked, taken up again, and never overwrites another file', async (t) => {
  const { quorate, claim, finish, cwd } = await farm(t)
  const { stdout } = await quorate(...submit)
  const id = stdout.trim()
  expect(await quorate('build', 'download', id)).toMatchObject({
    code: 4,
    stderr: expect.stringMatching(/has no artefact/),
  })
  await finish(await claim(), 'x'.repeat(5_000))
  const target = join(cwd, 'out.txt')
  expect(await quorate('build', 'download', id)).toMatchObject({ code: 0, stdout: `${target}\n` })
  expect(readFileSync(target, 'utf8')).toBe('x'.repeat(5_000))
  expect(await quorate('build', 'download', id)).toMatchObject({ code: 0, stderr: 'It is here already.\n' })

  writeFileSync(target, 'mine')
  expect(await quorate('build', 'download', id)).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('--force'),
  })
  expect(readFileSync(target, 'utf8')).toBe('mine')
  expect((await quorate('build', 'download', id, '-o', '-')).bytes.length).toBe(5_000)
  expect(readdirSync(cwd).filter((name) => name.endsWith('.part'))).toEqual([])
})

test('what a broken transfer left is completed when it is right, and fetched anew when it is not', async (t) => {
  const { quorate, claim, finish, client, cwd } = await farm(t)
  const id = (await quorate(...submit)).stdout.trim()
  await finish(await claim(), 'y'.repeat(5_000))
  const { artifact } = await client.builds.get(id)
  const part = join(cwd, `out.txt.${artifact?.sha256.slice(0, 16)}.part`)
  writeFileSync(part, 'y'.repeat(1_234))
  expect(await quorate('build', 'download', id)).toMatchObject({ code: 0 })
  expect(readFileSync(join(cwd, 'out.txt'), 'utf8')).toBe('y'.repeat(5_000))

  rmSync(join(cwd, 'out.txt'))
  writeFileSync(part, 'z'.repeat(1_234))
  const wrong = await quorate('build', 'download', id)
  expect(wrong).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^quorate: What arrived has SHA-256/),
  })
  expect(readdirSync(cwd)).toEqual(['project'])
  expect(await quorate('build', 'download', id)).toMatchObject({ code: 0 })
})

test('an empty artefact is a file, and a hostile name stays in the folder', async (t) => {
  const { quorate, claim, client, cwd } = await farm(t)
  const id = (await quorate(...submit)).stdout.trim()
  const content = new Blob([]).stream() as AsyncIterable<Uint8Array>
  await client.workers.upload(await claim(), { name: '../../.profile', bytes: 0, content })
  expect(await quorate('build', 'download', id)).toMatchObject({ code: 0 })
  const [made] = readdirSync(cwd).filter((name) => name !== 'project')
  expect(made).toMatch(/^[^.]/)
  expect(readFileSync(join(cwd, made ?? ''))).toHaveLength(0)
})

test('lists and single builds come as tables for people and as JSON for programs', async (t) => {
  const { quorate } = await farm(t)
  const id = (await quorate(...submit, '--name', 'evil\u001B[2Jname')).stdout.trim()
  const list = await quorate('build', 'list', '--state', 'pending')
  expect(list.stdout).toMatch(/^ID +STATE +PLATFORM +NAME +WORKER +SUBMITTED\n/)
  expect(list.stdout).toContain('evilname')
  expect(list.stdout).not.toContain('\u001B')
  expect(JSON.parse((await quorate('build', 'list', '-o', 'json')).stdout)).toMatchObject([
    { id, state: 'pending' },
  ])
  expect(JSON.parse((await quorate('build', 'status', id, '-o', 'json')).stdout)).toMatchObject({ id })
  expect((await quorate('build', 'status', id)).stdout).toMatch(/state +pending/)
  expect(JSON.parse((await quorate('workers', '-o', 'json')).stdout)).toEqual([])
})

test('logs begin where they are told to and a cancelled build ends what follows it', async (t) => {
  const { quorate, claim, client } = await farm(t)
  const id = (await quorate(...submit)).stdout.trim()
  await client.workers.pushLogs(
    await claim(),
    [1, 2, 3].map((n) => ({ level: 'info' as const, message: `line ${n}` })),
  )
  expect((await quorate('build', 'logs', id, '--tail', '2')).stdout).toBe('line 2\nline 3\n')
  const following = quorate('build', 'logs', id, '-f', '--tail', '1')
  expect(await quorate('build', 'cancel', id)).toMatchObject({ code: 0, stdout: '' })
  const { code, stdout } = await following
  expect([code, stdout.split('\n')[0]]).toEqual([0, expect.stringMatching(/line 3|cancelled/i)])
  expect(await quorate('build', 'cancel', id)).toMatchObject({
    code: 4,
    stderr: 'quorate: Build already finished.\n',
  })
})

test.each<[string, readonly string[], number, RegExp]>([
  ['an unknown command', ['frobnicate'], 2, /unknown command 'frobnicate'/],
  ['a missing argument', ['build', 'submit'], 2, /missing required argument 'dir'/],
  ['an unknown option', ['build', 'list', '--frob'], 2, /unknown option '--frob'/],
  ['an id that looks like an option', ['build', 'status', '--', '-rf'], 2, /An id has 1 to 64/],
  ['an id that is a path', ['build', 'cancel', '../../etc'], 2, /An id has 1 to 64/],
  ['an unknown platform', ['build', 'submit', '.', '-p', 'amiga'], 2, /Choose one of ios, android/],
  ['an unknown state', ['build', 'list', '-s', 'lost'], 2, /Choose one of pending/],
  ['an odd number', ['build', 'list', '-l', '1e9'], 2, /whole number from 1 to 500/],
  [
    'a pause that is too short',
    ['worker', '-e', 'x', '-a', 'y', '--heartbeat', '1ms'],
    2,
    /from 100ms to 1m/,
  ],
  ['an odd duration', ['build', 'submit', '.', '--timeout', 'soon'], 2, /duration like 250ms/],
  [
    'a server address that is none',
    ['build', 'list', '--url', 'localhost'],
    2,
    /not the address of a server/,
  ],
  ['a folder that is not there', ['build', 'submit', 'nowhere'], 2, /There is no folder/],
  ['a folder without files', ['build', 'submit', '.'], 2, /Nothing to pack/],
  ['a configuration value', ['config', 'show', '--port', '70000'], 2, /http\.port/],
  ['a server that is not there', ['build', 'list'], 1, /No server answers at http:\/\/127\.0\.0\.1:9/],
])('%s is refused in one line', async (_title, args, code, words) => {
  const { quorate } = world({ QUORATE_URL: 'http://127.0.0.1:9', QUORATE_API_KEY: 'k'.repeat(20) })
  const refused = await quorate(...args)
  expect(refused).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(words) })
  expect(refused.stderr).toMatch(/^quorate: [^\n]+\n$/)
})

test('a client without a key, and one that asks for what is not there, are told so', async (t) => {
  expect(await world().quorate('build', 'list')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/QUORATE_API_KEY/),
  })
  const { quorate } = await farm(t)
  expect(await quorate('build', 'status', 'none')).toMatchObject({ code: 3 })
  expect(await quorate('build', 'list', '--key', 'wrong-key-0123456789')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Invalid API key'),
  })
})

test('help, version and schema are data', async () => {
  const { quorate } = world()
  expect(await quorate('--version')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  })
  expect(await quorate('build', 'submit', '--help')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/Examples:/),
    stderr: '',
  })
  expect(await quorate()).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/Usage: quorate/),
  })
  expect(JSON.parse((await quorate('config', 'schema')).stdout)).toMatchObject({ type: 'object' })
})

test('the configuration shows who set what, and no secret', async () => {
  const { quorate, cwd } = world({ QUORATE_API_KEY: 'a-very-secret-key' })
  writeFileSync(join(cwd, 'quorate.toml'), '[http]\nport = 4100\n')
  const { stdout } = await quorate('config', 'show', '--sources', '--host', '0.0.0.0', '-o', 'json')
  const shown = Object.fromEntries(
    (JSON.parse(stdout) as { option: string }[]).map((row) => [row.option, row]),
  )
  expect(shown['http.port']).toMatchObject({ value: 4100, source: 'quorate.toml' })
  expect(shown['http.host']).toMatchObject({ value: '0.0.0.0', source: 'flag' })
  expect(shown['api_key']).toMatchObject({ source: 'QUORATE_API_KEY' })
  expect(stdout + (await quorate('config', 'show')).stdout).not.toContain('very-secret')
})

test('keys and the schema are managed straight in the database, whether a node runs or not', async (t) => {
  const { quorate, cwd } = world({ DATABASE_URL: await blankDatabase(t), QUORATE_DATA_DIR: 'data' })
  expect(await quorate('migrate', 'status')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('pending  0001'),
  })
  expect(await quorate('migrate', 'up')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('done     0001'),
  })
  const made = await quorate('key', 'create', 'ci', '--scope', 'submit', '--scope', 'read')
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^qk_[\w-]{43}\n$/) })
  const [key] = JSON.parse((await quorate('key', 'list', '-o', 'json')).stdout) as [{ id: string }]
  expect(key).toMatchObject({ name: 'ci', scopes: ['submit', 'read'] })
  expect(await quorate('key', 'revoke', key.id)).toMatchObject({ code: 0 })
  expect(await quorate('key', 'revoke', key.id)).toMatchObject({ code: 3 })
  const checks = JSON.parse((await quorate('doctor', '--port', '0', '-o', 'json')).stdout) as {
    state: string
  }[]
  expect(checks.filter(({ state }) => state === 'fail')).toEqual([])
  writeFileSync(join(cwd, 'file'), '')
  const broken = await quorate('doctor', '--data-dir', join('file', 'below'))
  expect(broken).toMatchObject({ code: 1, stdout: expect.stringMatching(/FAIL data folder: .*--data-dir/) })
})
