import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type TestFarm, testFarm } from '../../test/support/index.ts'
import { isTerminal } from './build.machine.ts'
import type { Build } from './build.ts'
import type { WorkerClaim } from './claim.ts'
import { sweepSilent } from './silence.ts'

/** What may happen next; `who` and `which` pick a worker, a claim or a build among those there are. */
const deeds = ['submit', 'claim', 'beat', 'push', 'finish', 'fail', 'cancel', 'rescue', 'handBack'] as const
const step = fc.record({
  deed: fc.constantFrom(...deeds),
  who: fc.nat(2),
  which: fc.nat(100),
  node: fc.nat(1),
  byAttempt: fc.boolean(),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Steps of one group run at the same time. */
const story = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 5, maxLength: 15 })

const WORKERS = ['w0', 'w1', 'w2'] as const
const pick = <T>(from: readonly T[], which: number): T | undefined => from[which % Math.max(1, from.length)]

/** Lives through a story on two nodes and remembers what it was told. */
function witness(nodes: readonly [TestFarm, TestFarm], source: Awaited<ReturnType<TestFarm['blob']>>) {
  const ids: string[] = []
  const given: Required<Pick<WorkerClaim, 'buildId' | 'workerId' | 'attempt'>>[] = []
  const ends = new Map<string, number>()
  const ended = (id: string): void => void ends.set(id, (ends.get(id) ?? 0) + 1)

  const claimOf = ({ which, byAttempt }: Step): WorkerClaim | undefined => {
    const claim = pick(given, which)
    return claim && (byAttempt ? claim : { buildId: claim.buildId, workerId: claim.workerId })
  }

  async function live(step: Step): Promise<void> {
    const { builds, expireLease } = nodes[step.node === 0 ? 0 : 1]
    const claim = claimOf(step)
    const id = pick(ids, step.which)
    if (step.deed === 'submit') {
      const { build } = await builds.submit({ source, platform: 'linux', submitter: 't', priority: step.who })
      ids.push(build.id)
    } else if (step.deed === 'claim') {
      const workerId = WORKERS[step.who] ?? 'w0'
      const taker = { workerId, leaseMs: null, secretHash: 'secret' }
      // Another node served the worker at the same moment: the poll would look again.
      const claimed = await builds.parts.claims.take([taker], [], 60_000).catch(onlyUniqueViolation)
      for (const { id: buildId, attempt } of claimed) given.push({ buildId, workerId, attempt })
    } else if (step.deed === 'cancel') {
      if (id !== undefined && (await builds.cancel(id)).ok) ended(id)
    } else if (step.deed === 'rescue') {
      if (id !== undefined) await expireLease(id)
      await sweepSilent(builds.parts)
    } else if (claim !== undefined) await hold(builds, step.deed, claim)
  }

  async function hold(builds: TestFarm['builds'], deed: Step['deed'], claim: WorkerClaim): Promise<void> {
    if (deed === 'beat') await builds.heartbeat(claim, { progress: 50 })
    if (deed === 'push') await builds.appendLogs(claim, [{ level: 'info', message: 'a' }])
    if (deed === 'handBack') await builds.handBack(claim, { reason: 'left', counted: true })
    if (deed !== 'finish' && deed !== 'fail') return
    const artifact = { id: 'never-written', sha256: 'b'.repeat(64), bytes: 1, name: 'out' }
    const settled = deed === 'finish' ? await builds.finish(claim, artifact) : await builds.fail(claim, 'no')
    if (settled.ok && !settled.value.late) ended(claim.buildId)
  }

  return { live, ids, given, ends }
}

const onlyUniqueViolation = (error: { code?: string }): [] => {
  if (error.code === '23505') return []
  throw error
}

test('whatever happens in whatever order, a build has one holder and one end', async (t) => {
  const farm = await testFarm(t, { monitorMs: 3_600_000 })
  const nodes = [farm, await farm.join()] as const
  const source = await farm.blob('PK')
  for (const id of WORKERS) await farm.worker(id)

  await fc.assert(
    fc.asyncProperty(story, async (groups) => {
      await farm.database.sql`delete from builds`
      const { live, ids, given, ends } = witness(nodes, source)
      const final = new Map<string, Build>()
      for (const group of groups) {
        await Promise.all(group.map(live))
        const { builds } = await farm.builds.list({ limit: 1_000 })
        checkHolders(builds)
        checkFinal(builds, final)
      }
      expect(
        new Set(given.map(({ buildId, attempt, workerId }) => `${buildId}.${attempt}.${workerId}`)).size,
      ).toBe(new Set(given.map(({ buildId, attempt }) => `${buildId}.${attempt}`)).size)
      for (const [id, count] of ends) expect(count, id).toBe(1)
      for (const id of ids) await checkLog(farm, id)
    }),
    { numRuns: 40 },
  )
}, 60_000)

function checkHolders(builds: readonly Build[]): void {
  const held = builds.filter(({ state }) => state === 'assigned' || state === 'building')
  expect(new Set(held.map(({ workerId }) => workerId)).size).toBe(held.length)
  for (const { attempt, attemptsMax } of builds) expect(attempt).toBeLessThanOrEqual(attemptsMax)
}

function checkFinal(builds: readonly Build[], final: Map<string, Build>): void {
  for (const build of builds) {
    const before = final.get(build.id)
    if (before) expect(build).toEqual(before)
    else if (isTerminal(build.state)) final.set(build.id, build)
  }
}

async function checkLog(farm: TestFarm, id: string): Promise<void> {
  const lines = await farm.builds.logs(id, {})
  expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1))
  const assigned = lines.flatMap(({ message }) => /\(attempt (\d+) of/.exec(message)?.[1] ?? [])
  expect(assigned).toEqual(assigned.toSorted((a, b) => Number(a) - Number(b)))
}
