import { expect, test } from 'vitest'
import { type TestFarm, testFarm } from '../../test/support/index.ts'

const signal = new AbortController().signal
const trusted = { trusted: true }

const register = async (farm: TestFarm, id?: string) => {
  const registered = await farm.builds.registerWorker({ id, name: 'Mac mini' }, trusted)
  if (!registered.ok) throw new Error(registered.reason)
  return registered.value
}

test('a worker without an id gets one, and a token that names it', async (t) => {
  const farm = await testFarm(t)
  const { worker, token, known } = await register(farm)
  expect(known).toBe(false)
  expect(worker).toMatchObject({ name: 'Mac mini', online: true, buildId: null })
  const met = await farm.builds.workerByToken(token)
  expect(met).toMatchObject({ worker: { id: worker.id }, expired: false })
  expect(await farm.builds.workerByToken('no such token')).toBeUndefined()
})

test('a known worker keeps its row and name, and gets a new token', async (t) => {
  const farm = await testFarm(t)
  const first = await register(farm, 'mac1')
  const again = await farm.builds.registerWorker(
    { id: 'mac1', name: 'Renamed' },
    { trusted: false, token: first.token },
  )
  expect(again).toMatchObject({ ok: true, value: { known: true, worker: { name: 'Mac mini' } } })
})

test('nobody takes over a worker by its bare id', async (t) => {
  const farm = await testFarm(t)
  const { token } = await register(farm, 'mac1')
  for (const proof of [{ trusted: false }, { trusted: false, token: 'guess' }]) {
    expect(await farm.builds.registerWorker({ id: 'mac1', name: 'x' }, proof)).toMatchObject({
      reason: 'worker_taken',
    })
  }
  expect(await farm.builds.workerByToken(token)).toMatchObject({ worker: { id: 'mac1' } })
})

test.each(['', '-x', '../etc', 'a b', 'x'.repeat(65)])('the id %j is refused', async (id) => {
  // Refused before anything is asked of the store.
  const { workerDesk } = await import('./worker-desk.ts')
  const desk = workerDesk({ limits: {} } as never)
  expect(await desk.registerWorker({ id, name: 'w' }, trusted)).toMatchObject({ reason: 'invalid_id' })
})

test('a worker that comes back without its build frees it', async (t) => {
  const farm = await testFarm(t)
  const [build, worker] = [await farm.submit(), await farm.worker('w')]
  await farm.builds.poll(worker, { waitMs: 0, signal })
  await farm.builds.heartbeat({ buildId: build.id, workerId: 'w' }, {})
  await farm.worker('w', { active_build_count: 1 })
  expect(await farm.builds.find(build.id)).toMatchObject({ state: 'building' })
  await farm.worker('w', { active_build_count: 0 })
  expect(await farm.builds.find(build.id)).toMatchObject({ state: 'pending' })
  expect(await farm.builds.poll(worker, { waitMs: 0, signal })).toMatchObject({ job: { attempt: 2 } })
})

test('a token with life left is carried on', async (t) => {
  const farm = await testFarm(t)
  const { worker, token } = await register(farm)
  const met = await farm.builds.workerByToken(token)
  const polled = await farm.builds.poll(worker, { waitMs: 0, signal, token: met?.token })
  expect(polled.token).toBe(token)
})

test('a token that runs out soon is replaced, and the old one lives one term longer', async (t) => {
  const farm = await testFarm(t, { workerTokenTtlMs: 20_000, workerTokenRotateMs: 30_000 })
  const { worker, token } = await register(farm)
  const met = await farm.builds.workerByToken(token)
  const polled = await farm.builds.poll(worker, { waitMs: 0, signal, token: met?.token })
  expect(polled.token).not.toBe(token)
  for (const either of [token, polled.token]) {
    expect(await farm.builds.workerByToken(either)).toMatchObject({
      worker: { id: worker.id },
      expired: false,
    })
  }
})

test('a poll without a token is given one that works', async (t) => {
  const farm = await testFarm(t)
  const { worker } = await register(farm)
  const { token } = await farm.builds.poll(worker, { waitMs: 0, signal })
  expect(await farm.builds.workerByToken(token)).toMatchObject({ expired: false })
})

test('a token that ran out is still known, as expired', async (t) => {
  const farm = await testFarm(t, { workerTokenTtlMs: 0 })
  const { token, worker } = await register(farm)
  expect(await farm.builds.workerByToken(token)).toMatchObject({ worker: { id: worker.id }, expired: true })
})
