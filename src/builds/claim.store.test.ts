import { expect, type TestContext, test } from 'vitest'
import { type TestFarm, testFarm } from '../../test/support/index.ts'

const setup = async (t: TestContext) => {
  const farm = await testFarm(t)
  const source = await farm.blob('PK')
  const submit = async (count: number, changes: Parameters<TestFarm['submit']>[0] = {}) => {
    const builds = []
    for (let index = 0; index < count; index += 1) builds.push(await farm.submit({ source, ...changes }))
    return builds.map(({ id }) => id)
  }
  const workers = async (count: number) => {
    const ids = Array.from({ length: count }, (_, index) => `w${index}`)
    await Promise.all(ids.map((id) => farm.worker(id)))
    return ids
  }
  return { farm, submit, workers }
}

const take = (farm: TestFarm, workerIds: readonly string[], platforms: readonly string[] = []) =>
  farm.builds.parts.claims.take(
    workerIds.map((workerId) => ({ workerId, leaseMs: null, secretHash: `secret of ${workerId}` })),
    platforms,
    60_000,
  )

const expectFair = (claims: readonly { id: string; workerId: string }[], count: number) => {
  expect(claims).toHaveLength(count)
  expect(new Set(claims.map(({ id }) => id)).size).toBe(count)
  expect(new Set(claims.map(({ workerId }) => workerId)).size).toBe(count)
}

test('10 claims at once for 1 build give exactly 1 assignment', async (t) => {
  const { farm, submit, workers } = await setup(t)
  await submit(1)
  const ids = await workers(10)
  const claims = await Promise.all(ids.map((id) => take(farm, [id])))
  expectFair(claims.flat(), 1)
})

test('50 claims at once for 20 builds over two pools give each build to one worker', async (t) => {
  const { farm, submit, workers } = await setup(t)
  await submit(20)
  const [ids, other] = [await workers(50), await farm.join()]
  const claims = await Promise.all(ids.map((id, index) => take(index % 2 === 0 ? farm : other, [id])))
  expectFair(claims.flat(), 20)
})

test('one claim for many workers gives out as many builds as there are', async (t) => {
  const { farm, submit, workers } = await setup(t)
  await submit(20)
  expectFair(await take(farm, await workers(50)), 20)
})

test('builds leave the queue by priority and then strictly in the order of submission', async (t) => {
  const { farm, submit, workers } = await setup(t)
  const low = await submit(3)
  const high = await submit(3, { priority: 5 })
  const lower = await submit(1, { priority: -1 })
  const ids = await workers(7)
  const first = await take(farm, ids.slice(0, 2))
  const byTurn = [...first.toSorted((a, b) => a.workerId.localeCompare(b.workerId))]
  for (const id of ids.slice(2)) byTurn.push(...(await take(farm, [id])))
  expect(byTurn.map(({ id }) => id)).toEqual([...high, ...low, ...lower])
})

test('a worker gets builds of its platforms only', async (t) => {
  const { farm, submit, workers } = await setup(t)
  const [ios] = await submit(1, { platform: 'ios' })
  const [android] = await submit(1, { platform: 'android' })
  const [first = '', second = '', third = ''] = await workers(3)
  expect(await take(farm, [first], ['linux', 'windows'])).toEqual([])
  expect(await take(farm, [second], ['android'])).toMatchObject([{ id: android, workerId: second }])
  expect(await take(farm, [third], [])).toMatchObject([{ id: ios, workerId: third }])
})

test('a job that was not begun is handed to the same worker again: same attempt, new secret', async (t) => {
  const { farm, submit, workers } = await setup(t)
  const [build = ''] = await submit(2)
  const [worker = ''] = await workers(1)
  const { claims, reports } = farm.builds.parts
  await take(farm, [worker])
  const again = await claims.take([{ workerId: worker, leaseMs: null, secretHash: 'new' }], [], 60_000)
  expect(again).toMatchObject([{ id: build, attempt: 1, redelivered: true }])
  expect(await reports.attempt(build, 1)).toEqual({ hash: 'new', workerId: worker })
})

test('a worker with a running build gets no other', async (t) => {
  const { farm, submit, workers } = await setup(t)
  const [build = ''] = await submit(2)
  const [worker = ''] = await workers(1)
  await take(farm, [worker])
  await farm.builds.heartbeat({ buildId: build, workerId: worker }, {})
  expect(await take(farm, [worker])).toEqual([])
})

test('two nodes that serve the same worker at once give it one build', async (t) => {
  const { farm, submit, workers } = await setup(t)
  await submit(40)
  const [ids, other] = [await workers(10), await farm.join()]
  for (const id of ids) {
    await Promise.allSettled([take(farm, [id]), take(other, [id]), take(farm, [id]), take(other, [id])])
  }
  expect(await farm.builds.counts()).toMatchObject({ assigned: 10, pending: 30 })
})

test('a silent worker loses its build, which keeps its place, and its late word is refused', async (t) => {
  const { farm, submit, workers } = await setup(t)
  const [build = ''] = await submit(2)
  const [first = '', second = ''] = await workers(2)
  await take(farm, [first])
  const claim = { buildId: build, workerId: first, attempt: 1 }
  await farm.builds.heartbeat(claim, { progress: 30 })
  await farm.expireLease(build)
  const { claims } = farm.builds.parts
  const lost = await claims.lose({ silentOnly: true, reason: 'went silent', counted: true, max: 10 })
  expect(lost).toMatchObject([{ id: build, state: 'pending' }])
  expect(await farm.builds.find(build)).toMatchObject({ progress: null, startedAt: null, workerId: null })
  expect(await take(farm, [second])).toMatchObject([{ id: build, attempt: 2 }])

  const artifact = { ...(await farm.blob('late')), name: 'late.zip' }
  expect(await farm.builds.heartbeat(claim, {})).toMatchObject({ reason: 'lease_lost' })
  expect(await farm.builds.appendLogs(claim, [{ level: 'info', message: 'x' }])).toMatchObject({
    reason: 'lease_lost',
  })
  expect(await farm.builds.finish(claim, artifact)).toMatchObject({ reason: 'lease_lost' })
  expect(await farm.builds.fail(claim, 'x')).toMatchObject({ reason: 'lease_lost' })
  expect(await farm.builds.openSource(claim)).toMatchObject({ reason: 'lease_lost' })
  expect(await farm.builds.heartbeat({ buildId: build, workerId: first }, {})).toMatchObject({
    reason: 'wrong_worker',
  })
  expect(await farm.builds.find(build)).toMatchObject({ state: 'assigned', workerId: second, artifact: null })
})

test('a worker that promises to beat has six beats of lease, any other ten minutes and then five', async (t) => {
  const { farm } = await setup(t)
  const leases = async (workerId: string, heartbeat_ms?: number) => {
    const [build, worker] = [
      await farm.submit(),
      await farm.worker(workerId, { capabilities: { heartbeat_ms } }),
    ]
    const wait = { waitMs: 0, signal: new AbortController().signal }
    const { job } = await farm.builds.poll(worker, wait)
    await farm.builds.heartbeat({ buildId: build.id, workerId }, {})
    const [row] = await farm.database.sql<{ ms: number }>`
      select extract(epoch from lease_expires_at - started_at)::float8 * 1000 as ms from builds where id = ${build.id}`
    return [job?.lease_ms, row?.ms]
  }
  expect(await leases('agent', 1_000)).toEqual([6_000, 6_000])
  expect(await leases('patient')).toEqual([600_000, 300_000])
})

test('only leases that ran out are lost to silence', async (t) => {
  const { farm, submit, workers } = await setup(t)
  const [silent = ''] = await submit(2)
  await take(farm, await workers(2))
  await farm.expireLease(silent)
  const { claims } = farm.builds.parts
  const lost = await claims.lose({ silentOnly: true, reason: 'went silent', counted: true, max: 10 })
  expect(lost.map(({ id }) => id)).toEqual([silent])
})

test('after its last attempt a build fails and names the reason, in its log too', async (t) => {
  const { farm, submit, workers } = await setup(t)
  const [build = ''] = await submit(1)
  const { claims } = farm.builds.parts
  for (const id of await workers(3)) {
    await take(farm, [id])
    await claims.lose({ silentOnly: false, reason: 'went silent', counted: true, max: 1 })
  }
  const error = 'Worker w2 went silent (attempt 3 of 3)'
  expect(await farm.builds.find(build)).toMatchObject({ state: 'failed', error, workerId: 'w2' })
  expect((await farm.builds.logs(build, {})).map(({ message }) => message)).toEqual([
    'Build submitted',
    'Assigned to worker w0 (attempt 1 of 3)',
    'Worker w0 went silent; the build waits for another worker',
    'Assigned to worker w1 (attempt 2 of 3)',
    'Worker w1 went silent; the build waits for another worker',
    'Assigned to worker w2 (attempt 3 of 3)',
    error,
  ])
})

test('an attempt that never reached its worker costs none', async (t) => {
  const { farm, submit, workers } = await setup(t)
  const [build = ''] = await submit(1)
  const [worker = ''] = await workers(1)
  const { claims } = farm.builds.parts
  for (let round = 0; round < 5; round += 1) {
    await take(farm, [worker])
    await claims.lose({ silentOnly: false, buildId: build, reason: 'left', counted: false, max: 1 })
  }
  expect(await farm.builds.find(build)).toMatchObject({ state: 'pending', attempt: 5, attemptsMax: 8 })
})
