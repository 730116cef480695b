import { text } from 'node:stream/consumers'
import { expect, type TestContext, test } from 'vitest'
import { testFarm } from '../../test/support/index.ts'

const signal = new AbortController().signal

const setup = async (t: TestContext) => {
  const farm = await testFarm(t)
  const [build, worker] = [await farm.submit(), await farm.worker('w')]
  const { job } = await farm.builds.poll(worker, { waitMs: 0, signal })
  if (!job) throw new Error('no job')
  const artifact = async () => ({ ...(await farm.blob('the artifact')), name: 'app.tgz' })
  const claim = { buildId: build.id, workerId: 'w', attempt: job.attempt }
  return { farm, build, job, claim, artifact, legacy: { buildId: build.id, workerId: 'w' } }
}

test('an attempt token says who holds which attempt', async (t) => {
  const { farm, job, build } = await setup(t)
  expect(await farm.builds.attemptFor(job.attempt_token)).toEqual({
    buildId: build.id,
    attempt: 1,
    workerId: 'w',
  })
  expect(await farm.builds.attemptFor(`${job.attempt_token.slice(0, -1)}!`)).toBeUndefined()
  const forged = job.attempt_token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
  expect(await farm.builds.attemptFor(forged)).toBeUndefined()
})

test('the token of an old attempt is known as such, and its holder refused', async (t) => {
  const { farm, job, build, legacy } = await setup(t)
  await farm.builds.handBack(legacy, { reason: 'is shutting down', counted: true })
  await farm.builds.poll(await farm.worker('w2'), { waitMs: 0, signal })
  const old = await farm.builds.attemptFor(job.attempt_token)
  expect(old).toEqual({ buildId: build.id, attempt: 1, workerId: undefined })
  if (old) expect(await farm.builds.heartbeat(old, {})).toMatchObject({ reason: 'lease_lost' })
})

test('the first heartbeat starts the build, and progress goes into the log once', async (t) => {
  const { farm, build, claim } = await setup(t)
  expect(await farm.builds.heartbeat(claim, { progress: 45 })).toMatchObject({ ok: true })
  await farm.builds.heartbeat(claim, { progress: 45 })
  await farm.builds.heartbeat(claim, {})
  expect(await farm.builds.find(build.id)).toMatchObject({ state: 'building', progress: 45 })
  const lines = (await farm.builds.logs(build.id, {})).map(({ message }) => message)
  expect(lines.filter((line) => line === 'Build progress: 45%')).toHaveLength(1)
})

test('a beat after completion is fine, after cancellation it says stop', async (t) => {
  const { farm, claim, artifact, legacy } = await setup(t)
  await farm.builds.finish(claim, await artifact())
  expect(await farm.builds.heartbeat(legacy, {})).toMatchObject({ ok: true })
  const second = await setup(t)
  await second.farm.builds.cancel(second.build.id)
  expect(await second.farm.builds.heartbeat(second.claim, {})).toMatchObject({ reason: 'cancelled' })
  expect(await second.farm.builds.heartbeat(second.legacy, {})).toMatchObject({ reason: 'cancelled' })
})

test('the holder reads the source; nobody else does', async (t) => {
  const { farm, build, claim } = await setup(t)
  await farm.worker('thief')
  const opened = await farm.builds.openSource(claim)
  if (!opened.ok) throw new Error(opened.reason)
  expect(await text(opened.value.stream)).toBe('PK source')
  expect(opened.value).toMatchObject({ bytes: 9, sha256: build.source.sha256 })
  const { openSource, openInput } = farm.builds
  expect(await openSource({ buildId: build.id, workerId: 'thief' })).toMatchObject({ reason: 'wrong_worker' })
  expect(await openSource({ buildId: build.id })).toMatchObject({ reason: 'worker_required' })
  expect(await openSource({ buildId: 'none', workerId: 'w' })).toMatchObject({ reason: 'not_found' })
  expect(await openInput(claim, 'certs')).toMatchObject({ reason: 'no_file' })
})

test('a completion is recorded once; repeating it is late and changes nothing', async (t) => {
  const { farm, build, claim, artifact, legacy } = await setup(t)
  const [first, second] = [await artifact(), await artifact()]
  expect(await farm.builds.finish(claim, first)).toMatchObject({ ok: true, value: { late: false } })
  for (const speaker of [claim, legacy]) {
    expect(await farm.builds.finish(speaker, second)).toMatchObject({ ok: true, value: { late: true } })
  }
  expect(await farm.builds.fail(legacy, 'x')).toMatchObject({
    value: { late: true, build: { state: 'completed' } },
  })
  expect(await farm.builds.fail(claim, 'x')).toMatchObject({ reason: 'lease_lost' })
  expect(await farm.builds.find(build.id)).toMatchObject({ artifact: first, progress: 100, error: null })
  expect(await farm.builds.findWorker('w')).toMatchObject({
    buildsCompleted: 1,
    buildsFailed: 0,
    buildId: null,
  })
})

test('the file of a refused or late completion is not kept, that of the recorded one is', async (t) => {
  const { farm, claim, artifact, legacy } = await setup(t)
  const [kept, late] = [await artifact(), await artifact()]
  await farm.builds.finish(claim, kept)
  await farm.builds.finish(legacy, late)
  await farm.builds.finish(legacy, kept)
  const { blobs } = farm.database
  expect(await blobs.remove(late.id)).toBe(false)
  expect(await blobs.remove(kept.id)).toBe(true)
})

test('a failure says why, in the build and in its log', async (t) => {
  const { farm, build, claim } = await setup(t)
  expect(await farm.builds.fail(claim, 'exit code 65')).toMatchObject({ ok: true, value: { late: false } })
  expect(await farm.builds.find(build.id)).toMatchObject({ state: 'failed', error: 'exit code 65' })
  expect((await farm.builds.logs(build.id, { tail: 1 }))[0]).toMatchObject({
    level: 'error',
    message: 'Build failed: exit code 65',
  })
})

test('texts from outside cannot break a report: NUL is dropped, length and percent are bounded', async (t) => {
  const { farm, build, claim } = await setup(t)
  expect(await farm.builds.heartbeat(claim, { progress: 1e9 })).toMatchObject({ ok: true })
  expect(await farm.builds.find(build.id)).toMatchObject({ progress: 100 })
  expect(await farm.builds.fail(claim, `no\0${'x'.repeat(9_000)}`)).toMatchObject({ ok: true })
  expect((await farm.builds.find(build.id))?.error).toMatch(/^nox+ … \[cut\]$/)
  const named = await farm.worker('w2', {
    name: 'a\0b',
    capabilities: { platforms: ['i\0os'], 'k\0': 'v\0' },
  })
  expect(named).toMatchObject({ name: 'ab', platforms: ['ios'] })
  expect((await farm.submit({ name: 'a\0b' })).name).toBe('ab')
})

test('an operator may settle a build nobody took; a stranger may not', async (t) => {
  const { farm, artifact } = await setup(t)
  const waiting = await farm.submit()
  const stranger = { buildId: waiting.id, workerId: 'w' }
  expect(await farm.builds.finish(stranger, await artifact())).toMatchObject({ reason: 'lease_lost' })
  const operator = { ...stranger, trusted: true }
  expect(await farm.builds.finish(operator, await artifact())).toMatchObject({ value: { late: false } })
  expect(await farm.builds.find(waiting.id)).toMatchObject({ state: 'completed', workerId: 'w' })
})

test('even an operator that names a worker cannot settle the build of another one', async (t) => {
  const { farm, build } = await setup(t)
  const claim = { buildId: build.id, workerId: 'other', trusted: true }
  expect(await farm.builds.fail(claim, 'x')).toMatchObject({ reason: 'wrong_worker' })
})

test('a job that is handed back goes to another worker', async (t) => {
  const { farm, build, claim } = await setup(t)
  const reason = 'handed the build back'
  expect(await farm.builds.handBack(claim, { reason, counted: true })).toEqual({
    ok: true,
    value: { state: 'pending' },
  })
  expect(await farm.builds.handBack(claim, { reason, counted: true })).toMatchObject({ reason: 'lease_lost' })
  const { job } = await farm.builds.poll(await farm.worker('w2'), { waitMs: 0, signal })
  expect(job).toMatchObject({ id: build.id, attempt: 2 })
})
