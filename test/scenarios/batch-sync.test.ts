import { spawn } from 'node:child_process'
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ApiStats, rowsOf } from '../../examples/batch-sync/api.ts'
import { type Entry, Journal, readJournal } from '../../examples/batch-sync/journal.ts'
import { faultsIn } from '../../examples/batch-sync/verdict.ts'
import { running, scratch } from '../support/processes.ts'

const MAIN = new URL('../../examples/batch-sync/main.ts', import.meta.url).pathname

test('a sync that is killed half-way goes on, and writes every batch once', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, '4', '8'], { detached: true })
  const sync = running(child)
  expect(await sync.exited, sync.stdout() + sync.stderr()).toBe(0)
  expect(sync.stdout()).toMatch(/killed with SIGKILL after \d+ of 32 batches/)
  expect(sync.stdout()).toContain('32 batches, each written once')
  expect(sync.stdout()).toContain('site-4: 8 of 8')
})

const unkind: ApiStats = { served: new Map(), tooMany: 1, failed: 1, slow: 1 }
const entry = (page: number): Entry => ({ id: `site-1/${page}`, rows: rowsOf('site-1', page) })
const outcome = (...entries: Entry[]) => ({
  entries,
  before: [entry(0)],
  killedBy: 'SIGKILL' as const,
  code: 0,
  properties: 1,
  pages: 2,
  stats: unkind,
})

test('the verdict of the example finds what is lost, doubled, wrong or unproven', () => {
  expect(faultsIn(outcome(entry(0), entry(1)))).toEqual([])
  expect(faultsIn(outcome(entry(1)))).toEqual([
    'site-1/0 was written before the kill and is gone',
    'site-1/0 is lost',
  ])
  expect(faultsIn(outcome(entry(0), entry(1), entry(1)))).toEqual(['site-1/1 is there 2 times'])
  expect(faultsIn(outcome(entry(0), { id: 'site-1/1', rows: [] }))).toEqual(['site-1/1 holds something else'])
  const kind = { ...outcome(entry(0), entry(1)), stats: { ...unkind, tooMany: 0 } }
  expect(faultsIn(kind)).toEqual(['the API was too kind to prove anything'])
})

test('a journal keeps whole lines, cuts off a torn one, and writes nothing twice', async () => {
  const path = join(await scratch(), 'journal.jsonl')
  await writeFile(path, `${JSON.stringify(entry(0))}\n`)
  await appendFile(path, '{"id":"site-1/1","rows":["half')
  const journal = await Journal.open(path)
  expect([...journal.done]).toEqual(['site-1/0'])
  const appended = [journal.append(entry(0)), journal.append(entry(1)), journal.append(entry(1))]
  expect(await Promise.all(appended)).toEqual([false, true, false])
  await journal.close()
  expect((await readJournal(path)).entries).toEqual([entry(0), entry(1)])
})
