/**
 * Synchronises many properties from an HTTP API with quotas and failures, is killed
 * half-way (`kill -9`), goes on, and proves that nothing was lost or written twice.
 *
 * `npx tsx examples/batch-sync/main.ts [properties] [pages]`
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Api, startApi } from './api.ts'
import { readJournal } from './journal.ts'
import { faultsIn } from './verdict.ts'

/** The part of all batches after which the first run is killed. */
const KILLED_AFTER = 0.4

const properties = Number(process.argv[2] ?? 6)
const pages = Number(process.argv[3] ?? 20)
const total = properties * pages
const folder = await mkdtemp(join(tmpdir(), 'batch-sync-'))
const path = join(folder, 'journal.jsonl')
const api = await startApi()

try {
  const first = startSync()
  first.on('message', (done: number) => {
    if (done >= total * KILLED_AFTER) first.kill('SIGKILL')
  })
  const killedBy = await ended(first)
  const { entries: before } = await readJournal(path)
  console.log(`killed with ${killedBy} after ${before.length} of ${total} batches; going on`)
  const code = await ended(startSync())
  const { entries } = await readJournal(path)
  const faults = faultsIn({ entries, before, killedBy, code, properties, pages, stats: api.stats })
  report(api, faults)
  process.exitCode = faults.length > 0 ? 1 : 0
} finally {
  api.stop()
  await rm(folder, { recursive: true })
}

function startSync(): ChildProcess {
  const args = [api.url, path, String(properties), String(pages)]
  return fork(join(import.meta.dirname, 'sync.ts'), args)
}

function ended(child: ChildProcess): Promise<number | NodeJS.Signals> {
  return new Promise((done) => {
    child.once('exit', (code, signal) => done(signal ?? code ?? -1))
  })
}

function report({ stats }: Api, faults: readonly string[]): void {
  const { tooMany, failed, slow, served } = stats
  const answers = [...served.values()].reduce((sum, times) => sum + times, 0)
  console.log(
    `the API answered ${answers} times, refused ${tooMany}, failed ${failed}, dawdled ${slow} times`,
  )
  console.log(
    faults.length > 0
      ? faults.join('\n')
      : `${total} batches, each written once: nothing lost, nothing twice`,
  )
}
