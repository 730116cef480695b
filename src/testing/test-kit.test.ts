import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { createRuntime, defineServer, noreply, Supervisor, supervisionTree } from '../otp/index.ts'
import {
  assertNoLeaks,
  assertReceive,
  leaksSince,
  refuteReceive,
  snapshot,
  startProbe,
  testRuntime,
  treeShape,
  withRuntime,
} from './index.ts'

const Idle = defineServer({
  name: 'idle',
  init: (stubborn: boolean, ctx) => {
    ctx.trapExit(stubborn)
    return {}
  },
  info: (s) => noreply(s),
  terminate: () => new Promise(() => {}),
})

test('assertReceive takes the first message that is as expected and leaves the others', async () => {
  const { runtime } = testRuntime()
  const probe = await startProbe(runtime)
  for (const message of ['a', { type: 'b', n: 1 }, { type: 'b', n: 2 }, 7]) runtime.send(probe.pid, message)
  expect(await assertReceive(probe, { type: 'b' })).toEqual({ type: 'b', n: 1 })
  expect(await assertReceive(probe, (message) => message === 7)).toBe(7)
  expect(probe.messages).toEqual(['a', { type: 'b', n: 2 }])
  await expect(assertReceive(probe, { type: 'b', n: 3 })).rejects.toThrow("holds 'a'\n{ type: 'b', n: 2 }")
})

test('refuteReceive fails for what is there', async () => {
  const { runtime } = testRuntime()
  const probe = await startProbe(runtime)
  await refuteReceive(probe, 'a')
  runtime.send(probe.pid, 'a')
  await expect(refuteReceive(probe, 'a')).rejects.toThrow('should not have')
})

test('on the system clock assertReceive waits for what comes later, up to its limit', async () => {
  const runtime = createRuntime()
  const probe = await startProbe(runtime)
  const waiting = assertReceive(probe, 'late', { timeoutMs: 60_000 })
  runtime.clock.after(1, () => runtime.send(probe.pid, 'late'))
  expect(await waiting).toBe('late')
  await expect(assertReceive(probe, 'never', { timeoutMs: 1 })).rejects.toThrow('holds nothing')
  await refuteReceive(probe, 'never', { timeoutMs: 1 })
  await runtime.stop()
})

test('leaks are processes, their links to others, and timers', async () => {
  const { runtime } = testRuntime()
  const probe = await startProbe(runtime)
  const before = await snapshot(runtime)
  const idle = await Idle.startLink(false, { runtime, parent: probe.pid })
  probe.ctx.sendAfter(1_000, probe.pid, 'tick')
  expect(await leaksSince(runtime, before)).toMatchObject({
    processes: [{ pid: idle.pid, module: 'idle' }],
    links: [[idle.pid, probe.pid]],
    timers: 1,
  })
  const list = `left behind: process ${idle.pid.id} (idle), link ${idle.pid.id} - ${probe.pid.id}, 1 timer`
  await expect(assertNoLeaks(runtime, before)).rejects.toThrow(list)
})

test('withRuntime gives a world and takes it down, stubborn children included', async () => {
  const pids = await withRuntime(async ({ runtime }) => {
    const children = [Idle.child(true, { shutdown: 3_000 })]
    await Supervisor.startLink({ name: 'top', strategy: 'one_for_one', children }, { runtime })
    expect(await treeShape(runtime, 'top')).toEqual({ top: { idle: {} } })
    expect((await supervisionTree(runtime, 'top')).children).toHaveLength(1)
    return runtime.processes()
  })
  expect(pids).toHaveLength(2)
})

test('withRuntime throws what the test throws, and complains of timers left behind', async () => {
  await expect(withRuntime(() => Promise.reject(new Error('boom')))).rejects.toThrow('boom')
  const leaking = withRuntime(({ clock }) => void clock.after(1e9, () => {}))
  await expect(leaking).rejects.toThrow('left behind: 1 timer')
})

test('the kit works under node:test, without any other runner', () => {
  const kit = JSON.stringify(new URL('./index.ts', import.meta.url).href)
  const otp = JSON.stringify(new URL('../otp/index.ts', import.meta.url).href)
  const source = `
    import assert from 'node:assert'
    import { test } from 'node:test'
    import { assertReceive, startProbe, withRuntime } from ${kit}
    import { defineServer, noreply } from ${otp}
    test('an after fires in virtual time', () => withRuntime(async ({ runtime, clock }) => {
      const probe = await startProbe(runtime)
      probe.ctx.sendAfter(60_000, probe.pid, 'tick')
      await clock.advance(60_000)
      assert.equal(await assertReceive(probe, 'tick'), 'tick')
    }))`
  const args = ['--import', 'tsx', '--input-type=module', '--eval', source]
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined }
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env })
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toContain('# pass 1')
})
