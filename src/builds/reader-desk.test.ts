import { text } from 'node:stream/consumers'
import { expect, type TestContext, test } from 'vitest'
import { testFarm } from '../../test/support/index.ts'
import { buildView, workerView } from './views.ts'

const signal = new AbortController().signal

const completed = async (t: TestContext) => {
  const farm = await testFarm(t)
  const [build, worker] = [await farm.submit({ name: 'app' }), await farm.worker('w')]
  await farm.builds.poll(worker, { waitMs: 0, signal })
  const artifact = { ...(await farm.blob('0123456789')), name: 'app.tgz' }
  await farm.builds.finish({ buildId: build.id, workerId: 'w' }, artifact)
  return { farm, build, artifact }
}

test('an artifact is read whole or in part', async (t) => {
  const { farm, build, artifact } = await completed(t)
  const whole = await farm.builds.openArtifact(build.id)
  if (!whole.ok) throw new Error(whole.reason)
  expect(whole.value).toMatchObject({ bytes: 10, total: 10, sha256: artifact.sha256, name: 'app.tgz' })
  expect(await text(whole.value.stream)).toBe('0123456789')
  const part = await farm.builds.openArtifact(build.id, { start: 2, end: 4 })
  if (!part.ok) throw new Error(part.reason)
  expect(part.value).toMatchObject({ bytes: 3, total: 10 })
  expect(await text(part.value.stream)).toBe('234')
  expect(await farm.builds.openArtifact(build.id, { start: 10, end: 12 })).toMatchObject({ reason: 'range' })
})

test('what is not there is not opened, and the reason tells which', async (t) => {
  const { farm, build, artifact } = await completed(t)
  const waiting = await farm.submit()
  expect(await farm.builds.openArtifact('none')).toMatchObject({ reason: 'not_found' })
  expect(await farm.builds.openArtifact(waiting.id)).toMatchObject({ reason: 'not_completed' })
  await farm.database.blobs.remove(artifact.id)
  expect(await farm.builds.openArtifact(build.id)).toMatchObject({ reason: 'no_file' })
})

test('every change reaches every node after its commit', async (t) => {
  const farm = await testFarm(t)
  const other = await farm.join()
  const seen: string[] = []
  const done = new Promise<void>((resolve) => {
    const stop = other.builds.onChange(({ kind, state }) => {
      seen.push(state === undefined ? kind : `${kind} ${state}`)
      if (state !== 'cancelled') return
      stop()
      resolve()
    })
  })
  const build = await farm.submit()
  await farm.builds.poll(await farm.worker('w'), { waitMs: 0, signal })
  await farm.builds.appendLogs({ buildId: build.id, workerId: 'w' }, [{ level: 'info', message: 'x' }])
  await farm.builds.cancel(build.id)
  await done
  const builds = seen.filter((change) => change.startsWith('build'))
  expect(builds).toEqual(['build pending', 'build assigned', 'build building', 'build cancelled'])
  expect(seen).toContain('worker')
  expect(seen).toContain('log')
})

test('a follower is told of lines that another node took, and not after it stopped', async (t) => {
  const { farm, build } = await completed(t)
  const other = await farm.join()
  let told = 0
  const line = () =>
    farm.builds.appendLogs({ buildId: build.id, workerId: 'w' }, [{ level: 'info', message: 'x' }])
  const toldAgain = () =>
    new Promise<void>((resolve) => {
      const stop = other.builds.followLogs(build.id, () => {
        told += 1
        stop()
        resolve()
      })
    })
  const first = toldAgain()
  await line()
  await first
  const second = toldAgain()
  await line()
  await second
  expect(told).toBe(2)
})

test('views have the shape of the contract', async (t) => {
  const { farm, build, artifact } = await completed(t)
  const { BuildView, WorkerView } = await import('../contract/index.ts')
  const found = await farm.builds.find(build.id)
  const worker = await farm.builds.findWorker('w')
  if (!found || !worker) throw new Error('gone')
  expect(BuildView.parse(buildView(found))).toMatchObject({
    state: 'completed',
    name: 'app',
    worker_name: 'w',
    artifact: { bytes: artifact.bytes, sha256: artifact.sha256, name: artifact.name },
  })
  expect(WorkerView.parse(workerView(worker))).toMatchObject({ status: 'idle', builds_completed: 1 })
})
