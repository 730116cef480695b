import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { identify } from './process-group.ts'
import { openWorkspace } from './workspace.ts'

const root = mkdtempSync(join(tmpdir(), 'quorate-work-'))
afterAll(() => rmSync(root, { recursive: true }))
const fresh = (): string => mkdtempSync(join(root, 'case-'))

test('the worker keeps its id over restarts', async () => {
  const directory = join(fresh(), 'made/by/itself')
  const first = await openWorkspace(directory)
  await first.close()
  const second = await openWorkspace(directory)
  expect(second.workerId).toBe(first.workerId)
})

test('a folder serves one living agent at a time', async () => {
  const directory = fresh()
  const holder = await openWorkspace(directory)
  await expect(openWorkspace(directory)).rejects.toMatchObject({ code: 'work_dir_busy' })
  await holder.close()
  await (await openWorkspace(directory)).close()
})

test('the lock of a dead process, or of another one with its number, holds nobody up', async () => {
  const directory = fresh()
  const gone = spawn('true')
  const identity = { pid: gone.pid as number, started: identify(gone.pid as number)?.started }
  await once(gone, 'exit')
  writeFileSync(join(directory, 'lock.json'), JSON.stringify(identity))
  await (await openWorkspace(directory)).close()
  writeFileSync(join(directory, 'lock.json'), JSON.stringify({ pid: process.pid, started: 'long ago' }))
  await (await openWorkspace(directory)).close()
  writeFileSync(join(directory, 'lock.json'), '{"pid":12')
  await (await openWorkspace(directory)).close()
})

test('what a killed agent left is removed, its command included', async () => {
  const directory = fresh()
  const orphan = spawn('sleep 1000; true', { shell: true, detached: true, stdio: 'ignore' })
  const died = once(orphan, 'exit')
  const run = join(directory, 'runs', 'b1-1-x')
  mkdirSync(join(run, 'tree/deep'), { recursive: true })
  writeFileSync(join(run, 'group.json'), JSON.stringify(identify(orphan.pid as number)))
  const workspace = await openWorkspace(directory)
  expect(workspace.leftovers).toBe(1)
  expect(readdirSync(join(directory, 'runs'))).toEqual([])
  expect(await died).toEqual([null, 'SIGKILL'])
})

test('a process that merely has the old number is left alone', async () => {
  const directory = fresh()
  const stranger = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })
  mkdirSync(join(directory, 'runs/b1-1-x'), { recursive: true })
  const identity = { pid: stranger.pid, started: 'another time' }
  writeFileSync(join(directory, 'runs/b1-1-x/group.json'), JSON.stringify(identity))
  await openWorkspace(directory)
  expect(identify(stranger.pid as number)).toBeDefined()
  stranger.kill('SIGKILL')
})

test('each attempt has a folder of its own, and removing it leaves nothing', async () => {
  const workspace = await openWorkspace(fresh())
  const [one, two] = [workspace.folderFor('b1', 1), workspace.folderFor('b1', 1)]
  expect(one.tree).not.toBe(two.tree)
  await Promise.all([one.create(), two.create()])
  mkdirSync(one.tree)
  one.noteGroup(process.pid)
  await Promise.all([one.remove(), two.remove()])
  expect(readdirSync(join(workspace.directory, 'runs'))).toEqual([])
})

test('a place that cannot be written is named with a way out', async () => {
  const file = join(fresh(), 'file')
  writeFileSync(file, '')
  const refused = openWorkspace(join(file, 'below'))
  await expect(refused).rejects.toMatchObject({
    code: 'work_dir_unusable',
    wayOut: expect.stringContaining('--work-dir'),
  })
})
