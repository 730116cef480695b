import { expect, type TestContext, test } from 'vitest'
import { testFarm } from '../../test/support/index.ts'
import { attachPrefix, detach, newId, Problem } from '../kernel/index.ts'
import { BuildRequeued, DutyMissed, SilentSwept } from './builds.events.ts'
import { sweepSilent } from './silence.ts'
import { keepFiles } from './upkeep.ts'

const signal = new AbortController().signal

const listen = (t: TestContext, handler: (event: string, metadata: object) => void): void => {
  const id = newId()
  attachPrefix(id, 'builds.', handler)
  t.onTestFinished(() => void detach(id))
}

/** Long pauses: here only the test runs duties. */
const STILL = { monitorMs: 3_600_000, keeperMs: 3_600_000 }

const setup = async (t: TestContext, limits: Parameters<typeof testFarm>[1] = {}) => {
  const farm = await testFarm(t, { ...STILL, ...limits })
  const hold = async (workerId: string) => {
    const [build, worker] = [await farm.submit(), await farm.worker(workerId)]
    await farm.builds.poll(worker, { waitMs: 0, signal })
    return build.id
  }
  return { farm, hold, parts: farm.builds.parts }
}

test('one look takes builds from silent workers, fails the hopeless, and counts', async (t) => {
  const { farm, hold, parts } = await setup(t, { attemptsMax: 1 })
  const hopeless = await hold('w1')
  const alive = await hold('w2')
  await farm.expireLease(hopeless)
  expect(await sweepSilent(parts)).toEqual({ requeued: 0, failed: 1, offline: 0 })
  expect(await farm.builds.find(hopeless)).toMatchObject({
    state: 'failed',
    error: 'Worker w1 went silent (attempt 1 of 1)',
  })
  expect(await farm.builds.find(alive)).toMatchObject({ state: 'assigned' })
  expect(await sweepSilent(parts)).toEqual({ requeued: 0, failed: 0, offline: 0 })
})

test('two nodes that look at once rescue each build once', async (t) => {
  const { farm, hold, parts } = await setup(t)
  const other = await farm.join()
  for (let index = 0; index < 6; index += 1) await farm.expireLease(await hold(`w${index}`))
  const sweeps = await Promise.all([sweepSilent(parts), sweepSilent(other.builds.parts), sweepSilent(parts)])
  expect(sweeps.reduce((sum, { requeued }) => sum + requeued, 0)).toBe(6)
})

test('an idle worker nobody heard of goes offline; one that builds does not; a poll brings it back', async (t) => {
  const { farm, hold, parts } = await setup(t, { offlineMs: 0 })
  await hold('busy')
  const idle = await farm.worker('idle')
  expect(await sweepSilent(parts)).toMatchObject({ offline: 1 })
  const online = async () =>
    Object.fromEntries((await farm.builds.listWorkers()).map((worker) => [worker.id, worker.online]))
  expect(await online()).toEqual({ busy: true, idle: false })
  await farm.builds.poll(idle, { waitMs: 0, signal })
  expect(await online()).toEqual({ busy: true, idle: true })
})

test('the monitor rescues by itself, tells of it, and is restarted when killed', async (t) => {
  const { farm, hold } = await setup(t, { monitorMs: 20 })
  const events: string[] = []
  const rescued = new Promise<void>((resolve) => {
    listen(t, (event) => {
      events.push(event)
      if (event === SilentSwept.name) resolve()
    })
  })
  const monitor = farm.runtime.whereis('builds.heartbeat_monitor')
  if (!monitor) throw new Error('no monitor')
  farm.runtime.exit(monitor, 'kill')
  const build = await hold('w')
  await farm.expireLease(build)
  await rescued
  expect(events.slice(-2)).toEqual([BuildRequeued.name, SilentSwept.name])
  expect(farm.runtime.whereis('builds.heartbeat_monitor')).not.toEqual(monitor)
  expect(await farm.builds.find(build)).toMatchObject({ state: 'pending' })
})

test('a duty that meets no database says so and comes again', async (t) => {
  const { farm, parts } = await setup(t, { monitorMs: 20 })
  const missed: object[] = []
  const twice = new Promise<void>((resolve) => {
    listen(t, (event, metadata) => {
      if (event === DutyMissed.name && missed.push(metadata) === 2) resolve()
    })
  })
  parts.claims.lose = () => Promise.reject(new Problem('database_unavailable', 'away'))
  const monitor = farm.runtime.whereis('builds.heartbeat_monitor')
  await twice
  expect(missed[1]).toMatchObject({ duty: 'rescue', problem: { code: 'database_unavailable' } })
  expect(farm.runtime.whereis('builds.heartbeat_monitor')).toEqual(monitor)
})

test('inputs of finished builds are let go and deleted, unless a retry needs them', async (t) => {
  const { farm, parts } = await setup(t, { inputKeepMs: -1_000 })
  const certs = await farm.blob('certs')
  const [first, second] = [await farm.submit({ certs }), await farm.submit()]
  await farm.builds.cancel(first.id)
  await farm.builds.cancel(second.id)
  const again = await farm.builds.retry(first.id)
  expect(await keepFiles(parts)).toEqual({ released: 3, removed: 1 })
  const { blobs } = farm.database
  expect((await farm.builds.find(second.id))?.source).toMatchObject({ id: null, bytes: 9 })
  expect(await farm.builds.retry(second.id)).toMatchObject({ reason: 'source_gone' })
  expect(await blobs.remove(second.source.id ?? '')).toBe(false)
  expect(again.ok && (await blobs.remove(again.value.build.source.id ?? ''))).toBe(true)
  expect(await blobs.remove(certs.id)).toBe(true)
})

test('files that no build ever named are deleted once their grace is over', async (t) => {
  const { farm, parts } = await setup(t, { blobGraceMs: -1_000 })
  const orphan = await farm.blob('orphan')
  const build = await farm.submit()
  expect(await keepFiles(parts)).toEqual({ released: 0, removed: 1 })
  expect(await farm.database.blobs.remove(orphan.id)).toBe(false)
  expect(await farm.database.blobs.remove(build.source.id ?? '')).toBe(true)
})

test('discarding a build deletes its files', async (t) => {
  const { farm } = await setup(t)
  const build = await farm.submit()
  expect(await farm.builds.discard(build.id)).toBe(true)
  expect(await farm.builds.find(build.id)).toBeUndefined()
  expect(await farm.database.blobs.remove(build.source.id ?? '')).toBe(false)
  expect(await farm.builds.discard(build.id)).toBe(false)
})
