import { expect, type TestContext, test } from 'vitest'
import { testFarm } from '../../test/support/index.ts'
import { type BuildState, buildStates } from '../contract/index.ts'
import { type BuildEvent, buildEvents, isTerminal, next, onLoss } from './build.machine.ts'

const blob = { id: 'blob', sha256: 'a'.repeat(64), bytes: 1 }
const artifact = { ...blob, name: 'out.zip' }

const setup = async (t: TestContext) => {
  const farm = await testFarm(t)
  const { parts } = farm.builds
  await farm.worker('w')
  const take = () =>
    parts.claims.take([{ workerId: 'w', leaseMs: null, secretHash: 'hash' }], ['linux'], 1_000)
  const lose = (buildId: string) =>
    parts.claims.lose({ silentOnly: false, buildId, reason: 'left', counted: true, max: 1 })
  const happen: Readonly<Record<BuildEvent, (id: string) => Promise<unknown>>> = {
    claim: take,
    begin: (buildId) => parts.reports.beat({ buildId, workerId: 'w' }, null, 1_000),
    finish: (buildId) => parts.reports.settle({ buildId, trusted: true }, { state: 'completed', artifact }),
    fail: (buildId) => parts.reports.settle({ buildId, trusted: true }, { state: 'failed', error: 'no' }),
    cancel: (id) => parts.builds.cancel(id),
    requeue: lose,
    giveUp: lose,
  }
  const paths: Readonly<Record<BuildState, readonly BuildEvent[]>> = {
    pending: [],
    assigned: ['claim'],
    building: ['claim', 'begin'],
    completed: ['claim', 'finish'],
    failed: ['claim', 'fail'],
    cancelled: ['claim', 'cancel'],
  }
  /** A build in `state`, on its last attempt when `last`; all others are out of the way. */
  const buildIn = async (state: BuildState, last: boolean): Promise<string> => {
    await farm.database.sql`delete from builds`
    const id = `${state}-build`
    await parts.builds.add(id, 'hash', last ? 1 : 2, { source: blob, platform: 'linux', submitter: 't' })
    for (const event of paths[state]) await happen[event](id)
    return id
  }
  return { farm, parts, happen, buildIn }
}

const stateAndEvent = buildStates.flatMap((state) => buildEvents.map((event) => ({ state, event })))

test('the statements know exactly the arrows of the machine', async (t) => {
  const { parts, happen, buildIn } = await setup(t)
  for (const { state, event } of stateAndEvent) {
    const id = await buildIn(state, event === 'giveUp')
    const before = await parts.builds.find(id)
    expect(before?.state, state).toBe(state)
    await happen[event](id)
    const after = await parts.builds.find(id)
    const allowed = next(state, event)
    const stays = state === 'building' && event === 'begin' ? 'building' : state
    expect(after?.state, `${state} after ${event}`).toBe(allowed.ok ? allowed.value : stays)
    if (isTerminal(state)) expect(after, `${state} after ${event}`).toEqual(before)
  }
})

test('a lost build is queued again as long as the machine says, then it has failed', async (t) => {
  const { parts, happen, buildIn } = await setup(t)
  const id = await buildIn('pending', false)
  for (const attempt of [1, 2]) {
    await happen.claim(id)
    await happen.requeue(id)
    const state = (await parts.builds.find(id))?.state
    expect(state).toBe(onLoss(attempt, 2) === 'requeue' ? 'pending' : 'failed')
  }
})

test('not even a hand-written statement brings a finished build back', async (t) => {
  const { farm, buildIn } = await setup(t)
  const id = await buildIn('completed', false)
  const back = farm.database.sql`
    update builds set state = 'pending', worker_id = null, finished_at = null, artifact_sha256 = null where id = ${id}`
  await expect(back).rejects.toThrow(`build ${id} is completed and stays so`)
})

test('a cancelled build says who ended it, and is cancelled once', async (t) => {
  const { parts, buildIn } = await setup(t)
  const id = await buildIn('building', false)
  expect(await parts.builds.cancel(id)).toMatchObject({
    ok: true,
    value: { error: 'Build cancelled by user' },
  })
  expect(await parts.builds.cancel(id)).toMatchObject({ reason: 'already_finished' })
  expect(await parts.builds.cancel('none')).toMatchObject({ reason: 'not_found' })
})

test('a build can be discarded only while nobody ever took it', async (t) => {
  const { parts, happen, buildIn } = await setup(t)
  const id = await buildIn('assigned', false)
  expect(await parts.builds.discard(id)).toBeUndefined()
  await happen.requeue(id)
  expect(await parts.builds.discard(id)).toBeUndefined()
  expect(await parts.builds.discard(await buildIn('pending', false))).toEqual(['blob'])
})

test('pages follow each other without gap or repetition, filtered or not', async (t) => {
  const farm = await testFarm(t)
  const source = await farm.blob('PK')
  for (let index = 0; index < 7; index += 1) {
    await farm.submit({ source, platform: index % 2 === 0 ? 'linux' : 'ios' })
  }
  const all: number[] = []
  let before: string | undefined
  do {
    const page = await farm.builds.list({ platform: 'linux', limit: 2, before })
    all.push(...page.builds.map(({ seq }) => seq))
    before = page.next ?? undefined
  } while (before !== undefined)
  expect(all).toEqual(all.toSorted((a, b) => b - a))
  expect(all).toHaveLength(4)
  await expect(farm.builds.list({ limit: 1, before: 'x' })).rejects.toMatchObject({ code: 'invalid_cursor' })
})

test('counts and totals agree with what happened', async (t) => {
  const { farm, parts, happen, buildIn } = await setup(t)
  const id = await buildIn('building', false)
  await happen.finish(id)
  await farm.submit()
  expect(await parts.builds.counts()).toMatchObject({ pending: 1, completed: 1, building: 0, total: 2 })
  expect(await parts.builds.totals()).toMatchObject({ workersOnline: 1, pending: 1, completedToday: 1 })
})

test('a retry is a new build of the same source, and both logs say so', async (t) => {
  const farm = await testFarm(t)
  const first = await farm.submit({ priority: 3 })
  const again = await farm.builds.retry(first.id)
  if (!again.ok) throw new Error(again.reason)
  const { build, token } = again.value
  expect(build).toMatchObject({ state: 'pending', priority: 3, source: first.source })
  expect(await farm.builds.matchesBuildToken(build.id, token)).toBe(true)
  expect(await farm.builds.matchesBuildToken(first.id, token)).toBe(false)
  expect((await farm.builds.logs(first.id, {})).at(-1)?.message).toBe(`Retried as build ${build.id}`)
  expect((await farm.builds.logs(build.id, {}))[0]?.message).toBe(`Build submitted (retry of ${first.id})`)
  expect(await farm.builds.retry('none')).toMatchObject({ reason: 'not_found' })
})
