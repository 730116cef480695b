import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, chown, lstat, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../src/kernel/index.ts'
import { type EmbeddedServer, joinEmbedded } from '../../src/storage/index.ts'
import { running, scratch, signalTo } from '../support/processes.ts'

const MEMBER = new URL('../support/postgres-member.ts', import.meta.url).pathname
const IS_ROOT = process.getuid?.() === 0
const NOBODY = 65_534

/** A data directory whose server does not outlive the test. */
async function dataFolder(): Promise<string> {
  const dataDir = join(await scratch(), 'data')
  onTestFinished(() => {
    const pid = postmasterPid(dataDir)
    if (pid !== undefined) signalTo(pid, 'SIGQUIT')
  })
  return dataDir
}

function postmasterPid(dataDir: string): number | undefined {
  const file = pidFile(dataDir)
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : undefined
}

const pidFile = (dataDir: string): string => join(dataDir, 'postgres', 'data', 'postmaster.pid')

const joined = (dataDir: string): Promise<EmbeddedServer> =>
  joinEmbedded({ dataDir, clock: systemClock, postgresSettings: { fsync: 'off' } })

/** Another node, in a process of its own, from the moment it uses the server. */
async function startMember(dataDir: string, uid?: number) {
  const user = uid === undefined ? {} : { uid, gid: uid }
  const child = spawn(process.execPath, ['--import', 'tsx', MEMBER, dataDir], {
    ...user,
    detached: true,
    env: { PATH: '/usr/bin:/bin' },
  })
  const member = running(child)
  const [, about = ''] = await member.says(/joined (.*)/)
  return { ...member, ...(JSON.parse(about) as { started: boolean; url: string; folder: string }) }
}

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

test('data is there again after an orderly stop, and the server is down in between', async () => {
  const dataDir = await dataFolder()
  const first = await joined(dataDir)
  expect(first.started).toBe(true)
  await ask(first.url, 'create table note as select 7 as id')
  await first.leave()
  expect(existsSync(pidFile(dataDir))).toBe(false)
  const second = await joined(dataDir)
  expect(await ask(second.url, 'select id from note')).toEqual([{ id: 7 }])
  await second.leave()
})

test('a killed node leaves its server running, and the next one joins it', async () => {
  const dataDir = await dataFolder()
  const killed = await startMember(dataDir)
  await ask(killed.url, 'create table note as select 7 as id')
  const pid = postmasterPid(dataDir)
  killed.kill('SIGKILL')
  await killed.exited
  const next = await joined(dataDir)
  expect(next.started).toBe(false)
  expect(postmasterPid(dataDir)).toBe(pid)
  expect(await ask(next.url, 'select id from note')).toEqual([{ id: 7 }])
  await next.leave()
  expect(existsSync(pidFile(dataDir))).toBe(false)
})

test('two nodes that start at once share one server, and the last to leave stops it', async () => {
  const dataDir = await dataFolder()
  const members = await Promise.all([startMember(dataDir), startMember(dataDir)])
  expect(members.filter(({ started }) => started)).toHaveLength(1)
  expect(members[0].url).toBe(members[1].url)
  members[0].kill('SIGTERM')
  expect(await members[0].exited).toBe(0)
  expect(await ask(members[1].url, 'select 1 as alive')).toEqual([{ alive: 1 }])
  members[1].kill('SIGTERM')
  expect(await members[1].exited).toBe(0)
  expect(existsSync(pidFile(dataDir))).toBe(false)
})

test('a node that outlives the killed one that started the server stops it in the end', async () => {
  const dataDir = await dataFolder()
  const starter = await startMember(dataDir)
  const guest = await startMember(dataDir)
  expect([starter.started, guest.started]).toEqual([true, false])
  starter.kill('SIGKILL')
  await starter.exited
  guest.kill('SIGTERM')
  expect(await guest.exited).toBe(0)
  expect(existsSync(pidFile(dataDir))).toBe(false)
})

test('a server that dies is noticed, and the next join starts it on the same data', async () => {
  const dataDir = await dataFolder()
  const first = await joined(dataDir)
  await ask(first.url, 'create table note as select 7 as id')
  signalTo(postmasterPid(dataDir) ?? 0, 'SIGKILL')
  await first.lost
  const second = await joined(dataDir)
  expect(second.started).toBe(true)
  expect(await ask(second.url, 'select id from note')).toEqual([{ id: 7 }])
  await first.leave()
  await second.leave()
})

test('the file of a dead server whose number another program has now does not stop a start', async () => {
  const dataDir = await dataFolder()
  const first = await joined(dataDir)
  const dead = readFileSync(pidFile(dataDir), 'utf8')
  await first.leave()
  await writeFile(pidFile(dataDir), dead.replace(/^\d+/, String(process.ppid)), { mode: 0o600 })
  const { uid, gid } = await stat(join(dataDir, 'postgres', 'data'))
  await chown(pidFile(dataDir), uid, gid)
  const second = await joined(dataDir)
  expect(second.started).toBe(true)
  await second.leave()
})

test('what a start that was cut short left behind goes with the next one', async () => {
  const dataDir = await dataFolder()
  const left = `postgres.new-${hostname().replaceAll(/[^A-Za-z0-9.]+/g, '_')}-4194304-1`
  await mkdir(join(dataDir, left, 'data'), { recursive: true })
  const server = await joined(dataDir)
  expect(await readdir(dataDir)).toEqual(['postgres'])
  await server.leave()
})

test('where a socket path would be too long it listens on loopback, with a password', async () => {
  const dataDir = join(await dataFolder(), 'x'.repeat(100))
  const server = await joined(dataDir)
  expect(server.target.label).toMatch(/^127\.0\.0\.1:\d+$/)
  const wrong = new URL(server.url)
  wrong.password = 'wrong'
  await expect(ask(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' })
  expect(await ask(server.url, 'select 1 as alive')).toEqual([{ alive: 1 }])
  await server.leave()
})

test.runIf(IS_ROOT)('a normal user runs it too, and root can take it over', async () => {
  const dataDir = await dataFolder()
  await mkdir(dataDir)
  for (const folder of [dataDir, join(dataDir, '..')]) await chown(folder, NOBODY, NOBODY)
  const member = await startMember(dataDir, NOBODY)
  await ask(member.url, 'create table note as select 7 as id')
  member.kill('SIGTERM')
  await member.exited
  const server = await joined(dataDir)
  expect(await ask(server.url, 'select id from note')).toEqual([{ id: 7 }])
  expect((await stat(pidFile(dataDir))).uid).toBe(NOBODY)
  await server.leave()
})

test.runIf(IS_ROOT)('another user is told whose data it is', async () => {
  const dataDir = await dataFolder()
  await (await joined(dataDir)).leave()
  await chmod(dataDir, 0o777)
  await expect(startMember(dataDir, NOBODY)).rejects.toThrow(/data_dir_foreign/)
})

test.runIf(IS_ROOT)(
  'where the server may not enter, its files go to a place it may, and survive',
  async () => {
    const dataDir = await dataFolder()
    await mkdir(dataDir, { recursive: true })
    await chmod(join(dataDir, '..'), 0o700)
    const first = await joined(dataDir)
    onTestFinished(() => rm(first.folder, { recursive: true, force: true }))
    expect(first.folder).toMatch(/^\/var\/lib\/quorate\/\w+$/)
    expect((await lstat(join(dataDir, 'postgres'))).isSymbolicLink()).toBe(true)
    await ask(first.url, 'create table note as select 7 as id')
    await first.leave()
    const second = await joined(dataDir)
    expect(second.folder).toBe(first.folder)
    expect(await ask(second.url, 'select id from note')).toEqual([{ id: 7 }])
    await second.leave()
  },
)

test('a data directory that cannot be one is named', async () => {
  const file = join(await scratch(), 'file')
  await writeFile(file, '')
  await expect(joined(join(file, 'data'))).rejects.toMatchObject({
    code: 'data_dir_unwritable',
    field: 'dataDir',
  })
})

test('data of another major version is refused, not touched', async () => {
  const dataDir = await dataFolder()
  await (await joined(dataDir)).leave()
  await writeFile(join(dataDir, 'postgres', 'data', 'PG_VERSION'), '12\n')
  await expect(joined(dataDir)).rejects.toMatchObject({
    code: 'embedded_version_mismatch',
    wayOut: expect.stringContaining('PostgreSQL 12'),
  })
})
