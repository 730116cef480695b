import { expect, type TestContext, test } from 'vitest'
import { type TestFarm, testFarm } from '../../test/support/index.ts'
import { Problem } from '../kernel/index.ts'

const LONG_MS = 60_000

const setup = async (t: TestContext) => {
  const farm = await testFarm(t)
  const poll = async (workerId: string, { on = farm, waitMs = LONG_MS, signal = quiet() } = {}) => {
    const worker = (await on.builds.findWorker(workerId)) ?? (await on.worker(workerId))
    return (await on.builds.poll(worker, { waitMs, signal })).job
  }
  return { farm, poll }
}
const quiet = () => new AbortController().signal
const crashAssignment = (farm: TestFarm): void => {
  const pid = farm.runtime.whereis('builds.assignment')
  if (pid) farm.runtime.exit(pid, 'kill')
}

test('a poll that does not wait is answered at once, with a job or none', async (t) => {
  const { farm, poll } = await setup(t)
  expect(await poll('w', { waitMs: 0 })).toBeNull()
  const build = await farm.submit()
  expect(await poll('w', { waitMs: 0 })).toMatchObject({
    id: build.id,
    platform: 'linux',
    attempt: 1,
    lease_ms: 600_000,
    source_url: `/api/builds/${build.id}/source`,
    certs_url: null,
    source_sha256: build.source.sha256,
    submitted_at: build.submittedAt.getTime(),
    otp: expect.stringMatching(/^.{43}$/),
  })
})

test('a waiting poll is woken by a build that another node took in', async (t) => {
  const { farm, poll } = await setup(t)
  const other = await farm.join()
  const waiting = poll('w')
  const build = await other.submit()
  expect(await waiting).toMatchObject({ id: build.id })
})

test('polls that wait on two nodes share builds, one each', async (t) => {
  const { farm, poll } = await setup(t)
  const other = await farm.join()
  const waiting = Array.from({ length: 10 }, (_, index) =>
    poll(`w${index}`, { on: index % 2 === 0 ? farm : other }),
  )
  const first = await farm.submit()
  expect(await Promise.race(waiting)).toMatchObject({ id: first.id })
  const rest = await Promise.all(Array.from({ length: 9 }, () => other.submit()))
  const jobs = await Promise.all(waiting)
  expect(new Set(jobs.map((job) => job?.id))).toEqual(new Set([first, ...rest].map(({ id }) => id)))
})

test('10 polls at once and 1 build give exactly 1 job', async (t) => {
  const { farm, poll } = await setup(t)
  const other = await farm.join()
  await farm.submit()
  const nodes = [farm, other]
  const polls = Array.from({ length: 10 }, (_, index) =>
    poll(`w${index}`, { on: nodes[index % 2], waitMs: 0 }),
  )
  expect((await Promise.all(polls)).filter((job) => job !== null)).toHaveLength(1)
})

test('a waiting poll is not woken by a build it does not take', async (t) => {
  const { farm, poll } = await setup(t)
  await farm.worker('ios', { capabilities: { platforms: ['ios'] } })
  const waiting = poll('ios')
  await farm.submit({ platform: 'android' })
  const build = await farm.submit({ platform: 'ios' })
  expect(await waiting).toMatchObject({ id: build.id })
  expect(await farm.builds.counts()).toMatchObject({ pending: 1, assigned: 1 })
})

test('a worker that vanished while it waited is given nothing', async (t) => {
  const { farm, poll } = await setup(t)
  const gone = new AbortController()
  const waiting = poll('gone', { signal: gone.signal })
  gone.abort()
  expect(await waiting).toBeNull()
  const build = await farm.submit()
  expect(await poll('here')).toMatchObject({ id: build.id, attempt: 1 })
})

test('a worker that vanishes while a build is claimed for it costs the build no attempt', async (t) => {
  const { farm, poll } = await setup(t)
  const gone = new AbortController()
  const { claims } = farm.builds.parts
  const { take } = claims
  claims.take = async (...request) => {
    const claimed = await take(...request)
    if (claimed.length > 0) gone.abort()
    return claimed
  }
  const build = await farm.submit()
  expect(await poll('gone', { signal: gone.signal })).toBeNull()
  claims.take = take
  expect(await poll('here')).toMatchObject({ id: build.id, attempt: 2 })
  expect(await farm.builds.find(build.id)).toMatchObject({ attempt: 2, attemptsMax: 4, workerId: 'here' })
})

test('a worker that polls again gives up its earlier poll', async (t) => {
  const { farm, poll } = await setup(t)
  await farm.worker('w')
  const earlier = poll('w')
  const later = earlier.then(() => 'answered', String)
  const again = poll('w')
  expect(await Promise.race([later, again])).toBe('answered')
  const build = await farm.submit()
  expect(await again).toMatchObject({ id: build.id })
})

test('waiting polls outlive their process', async (t) => {
  const { farm, poll } = await setup(t)
  const waiting = [poll('w1'), poll('w2')]
  crashAssignment(farm)
  const builds = [await farm.submit(), await farm.submit()]
  const jobs = await Promise.all(waiting)
  expect(new Set(jobs.map((job) => job?.id))).toEqual(new Set(builds.map(({ id }) => id)))
})

test('a poll that finds no assignment process and no successor gets no job', async (t) => {
  const farm = await testFarm(t)
  const worker = await farm.worker('w')
  await farm.runtime.stop()
  expect((await farm.builds.poll(worker, { waitMs: LONG_MS, signal: quiet() })).job).toBeNull()
})

test('a job whose answer died with the process is delivered by the same poll', async (t) => {
  const { farm, poll } = await setup(t)
  const { claims } = farm.builds.parts
  const { take } = claims
  claims.take = async (...request) => {
    const claimed = await take(...request)
    if (claimed.length > 0) {
      claims.take = take
      crashAssignment(farm)
    }
    return claimed
  }
  const build = await farm.submit()
  expect(await poll('w')).toMatchObject({ id: build.id, attempt: 1 })
})

test('while the database is away a waiting poll goes on waiting, the other says why', async (t) => {
  const { farm, poll } = await setup(t)
  await farm.worker('patient')
  await farm.worker('hasty')
  const { claims } = farm.builds.parts
  const { take } = claims
  claims.take = () => Promise.reject(new Problem('database_unavailable', 'away'))
  const waiting = poll('patient')
  await expect(poll('hasty', { waitMs: 0 })).rejects.toMatchObject({ code: 'database_unavailable' })
  claims.take = take
  const build = await farm.submit()
  expect(await waiting).toMatchObject({ id: build.id })
})

test('a node full of waiting polls answers one more at once', async (t) => {
  const farm = await testFarm(t, { waitersMax: 1 })
  const [first, second] = [await farm.worker('w1'), await farm.worker('w2')]
  const waiting = farm.builds.poll(first, { waitMs: LONG_MS, signal: quiet() })
  expect(await farm.builds.poll(second, { waitMs: LONG_MS, signal: quiet() })).toMatchObject({ job: null })
  await farm.submit()
  expect((await waiting).job).not.toBeNull()
})
