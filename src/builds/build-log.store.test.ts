import { expect, type TestContext, test } from 'vitest'
import { type TestFarm, testFarm } from '../../test/support/index.ts'

const setup = async (t: TestContext, limits: Parameters<typeof testFarm>[1] = {}) => {
  const farm = await testFarm(t, limits)
  const [build] = [await farm.submit(), await farm.worker('w')]
  await farm.builds.parts.claims.take([{ workerId: 'w', leaseMs: null, secretHash: 's' }], [], 60_000)
  return { farm, claim: { buildId: build.id, workerId: 'w' } }
}
const line = (message: string) => ({ level: 'info', message }) as const
const messages = async (farm: TestFarm, id: string) =>
  (await farm.builds.logs(id, {})).map(({ message }) => message)

test('pushes at once are numbered without gaps and no batch is torn apart', async (t) => {
  const { farm, claim } = await setup(t)
  const other = await farm.join()
  const batches = Array.from({ length: 20 }, (_, batch) => [0, 1, 2].map((part) => line(`${batch}.${part}`)))
  await Promise.all(
    batches.map((lines, index) => (index % 2 === 0 ? farm : other).builds.appendLogs(claim, lines)),
  )
  const logs = await farm.builds.logs(claim.buildId, {})
  expect(logs.map(({ seq }) => seq)).toEqual(logs.map((_, index) => index + 1))
  const pushed = logs.slice(2).map(({ message }) => message)
  for (let index = 0; index < pushed.length; index += 3) {
    const [batch] = (pushed[index] ?? '').split('.')
    expect(pushed.slice(index, index + 3)).toEqual([`${batch}.0`, `${batch}.1`, `${batch}.2`])
  }
})

test('a range starts after its cursor; a tail is the end', async (t) => {
  const { farm, claim } = await setup(t)
  await farm.builds.appendLogs(claim, [line('a'), line('b'), line('c')])
  const seqs = async (range: Parameters<TestFarm['builds']['logs']>[1]) =>
    (await farm.builds.logs(claim.buildId, range)).map(({ seq }) => seq)
  expect(await seqs({})).toEqual([1, 2, 3, 4, 5])
  expect(await seqs({ after: 2, limit: 2 })).toEqual([3, 4])
  expect(await seqs({ tail: 2 })).toEqual([4, 5])
  expect(await seqs({ after: 4, tail: 3 })).toEqual([5])
})

test('the first line starts the build', async (t) => {
  const { farm, claim } = await setup(t)
  await farm.builds.appendLogs(claim, [line('a')])
  expect(await farm.builds.find(claim.buildId)).toMatchObject({
    state: 'building',
    startedAt: expect.any(Date),
  })
})

test('a full log takes nothing more, says so once, and the build lives on', async (t) => {
  const { farm, claim } = await setup(t, { logLinesMax: 4 })
  expect(await farm.builds.appendLogs(claim, [line('a'), line('b'), line('c')])).toMatchObject({ ok: true })
  expect(await farm.builds.appendLogs(claim, [line('d')])).toMatchObject({ reason: 'log_limit' })
  expect(await farm.builds.appendLogs(claim, [line('e')])).toMatchObject({ reason: 'log_limit' })
  expect((await messages(farm, claim.buildId)).slice(2)).toEqual([
    'a',
    'b',
    'c',
    'The log is full: further lines are not kept',
  ])
  expect(await farm.builds.find(claim.buildId)).toMatchObject({ state: 'building' })
})

test('the limit in bytes holds too', async (t) => {
  const { farm, claim } = await setup(t, { logBytesMax: 10 })
  expect(await farm.builds.appendLogs(claim, [line('0123456789')])).toMatchObject({ ok: true })
  expect(await farm.builds.appendLogs(claim, [line('x')])).toMatchObject({ reason: 'log_limit' })
})

test('no bytes a worker sends can break the log', async (t) => {
  const { farm, claim } = await setup(t)
  const nasty = [
    'nul \0 byte',
    'lone \ud800 half',
    `'; drop table builds; --`,
    'x'.repeat(9_000),
    '\u001b[31m',
  ]
  expect(await farm.builds.appendLogs(claim, nasty.map(line))).toEqual({ ok: true, value: { count: 5 } })
  const stored = (await messages(farm, claim.buildId)).slice(2)
  expect(stored[0]).toBe('nul  byte')
  expect(stored[1]).toBe('lone \ufffd half')
  expect(stored[2]).toBe(nasty[2])
  expect(Buffer.byteLength(stored[3] ?? '')).toBe(8_192)
})

test('a completed build takes its last lines, a cancelled one none', async (t) => {
  const { farm, claim } = await setup(t)
  await farm.builds.finish(claim, { ...(await farm.blob('out')), name: 'out' })
  expect(await farm.builds.appendLogs(claim, [line('bye')])).toMatchObject({ ok: true })
  expect(await farm.builds.find(claim.buildId)).toMatchObject({ state: 'completed' })

  const cancelled = await farm.submit()
  await farm.builds.parts.claims.take([{ workerId: 'w', leaseMs: null, secretHash: 's' }], [], 60_000)
  await farm.builds.cancel(cancelled.id)
  const refused = await farm.builds.appendLogs({ buildId: cancelled.id, workerId: 'w' }, [line('x')])
  expect(refused).toMatchObject({ reason: 'cancelled' })
})
