import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Probe, settle, startProbe, testRuntime } from '../testing/index.ts'
import { type Down, exit, type Pid, ProcessExited } from './index.ts'

const setup = async (count: number, options: { readonly trap?: boolean } = {}) => {
  const world = testRuntime()
  const probes: Probe[] = []
  for (let index = 0; index < count; index++) probes.push(await startProbe(world.runtime, options))
  return { ...world, probes: probes as [Probe, Probe, Probe] }
}

test('messages of one sender arrive in the order they were sent', async () => {
  const { probes, runtime } = await setup(1)
  for (let index = 0; index < 1_000; index++) runtime.send(probes[0].pid, index)
  await settle()
  expect(probes[0].messages).toEqual(Array.from({ length: 1_000 }, (_, index) => index))
})

test('what a process sent before it ended is seen before its DOWN and its EXIT', async () => {
  const { runtime, probes } = await setup(1, { trap: true })
  const [watcher] = probes
  const pid = runtime.spawn(async (ctx) => {
    await ctx.receive()
    ctx.send(watcher.pid, 'last words')
    exit('bye')
  })
  watcher.ctx.link(pid)
  watcher.ctx.monitor(pid)
  runtime.send(pid, 'go')
  await settle()
  expect(watcher.messages[0]).toBe('last words')
  expect(watcher.messages.slice(1).map((message) => (message as Down).type)).toEqual(['DOWN', 'EXIT'])
})

test.each([
  { reason: 'normal', trap: false, dies: undefined },
  { reason: 'boom', trap: false, dies: 'boom' },
  { reason: 'shutdown', trap: false, dies: 'shutdown' },
  { reason: 'kill', trap: false, dies: 'killed' },
  { reason: 'normal', trap: true, dies: undefined },
  { reason: 'boom', trap: true, dies: undefined },
  { reason: 'kill', trap: true, dies: 'killed' },
])('the signal $reason to a process (trapping: $trap) ends it as: $dies', async ({ reason, trap, dies }) => {
  const { runtime, probes } = await setup(1, { trap })
  const [target] = probes
  const watcher = await startProbe(runtime)
  watcher.ctx.monitor(target.pid)
  watcher.ctx.exit(target.pid, reason)
  await settle()
  expect(runtime.isAlive(target.pid)).toBe(dies === undefined)
  expect(watcher.messages.map((message) => (message as Down).reason)).toEqual(
    dies === undefined ? [] : [dies],
  )
  const trapped = trap && reason !== 'kill' ? [{ type: 'EXIT', from: watcher.pid, reason }] : []
  expect(target.messages).toEqual(trapped)
})

test('a process that sends itself the exit normal ends', async () => {
  const { runtime, probes } = await setup(1)
  expect(() => probes[0].ctx.exit(probes[0].pid, 'normal')).toThrow(ProcessExited)
  expect(runtime.isAlive(probes[0].pid)).toBe(false)
})

test('peers of a killed process hear killed, which can be trapped', async () => {
  const { runtime, probes } = await setup(2, { trap: true })
  probes[0].ctx.link(probes[1].pid)
  runtime.exit(probes[1].pid, 'kill')
  await settle()
  expect(probes[0].messages).toEqual([{ type: 'EXIT', from: probes[1].pid, reason: 'killed' }])
})

test('a process that exits by itself with kill spreads an ordinary signal', async () => {
  const { runtime, probes } = await setup(1, { trap: true })
  const pid = runtime.spawn(async (ctx) => {
    await ctx.receive()
    exit('kill')
  })
  probes[0].ctx.link(pid)
  runtime.send(pid, 'go')
  await settle()
  expect(probes[0].messages).toEqual([{ type: 'EXIT', from: pid, reason: 'kill' }])
})

test('the trap flag counts at delivery, not at linking', async () => {
  const { runtime, probes } = await setup(2)
  probes[0].ctx.link(probes[1].pid)
  expect(probes[0].ctx.trapExit(true)).toBe(false)
  runtime.exit(probes[1].pid, 'boom')
  await settle()
  expect(runtime.isAlive(probes[0].pid)).toBe(true)
  expect(probes[0].messages).toEqual([{ type: 'EXIT', from: probes[1].pid, reason: 'boom' }])
})

test('linking to a dead process is an EXIT noproc when trapping and the end when not', async () => {
  const { runtime, probes } = await setup(2, { trap: true })
  const [one, gone] = probes
  runtime.exit(gone.pid, 'kill')
  one.ctx.link(gone.pid)
  await settle()
  expect(one.messages).toEqual([{ type: 'EXIT', from: gone.pid, reason: 'noproc' }])
  const plain = await startProbe(runtime)
  expect(() => plain.ctx.link(gone.pid)).toThrow(ProcessExited)
  expect(runtime.isAlive(plain.pid)).toBe(false)
})

test('links are a set and unlink ends them; two monitors bring two DOWNs', async () => {
  const { runtime, probes } = await setup(3, { trap: true })
  const [one, peer, other] = probes
  one.ctx.link(peer.pid)
  one.ctx.link(peer.pid)
  one.ctx.monitor(peer.pid)
  one.ctx.monitor(peer.pid)
  one.ctx.link(other.pid)
  one.ctx.unlink(other.pid)
  one.ctx.unlink(other.pid)
  runtime.exit(other.pid, 'kill')
  runtime.exit(peer.pid, 'kill')
  await settle()
  expect(one.messages.map((message) => (message as Down).type)).toEqual(['DOWN', 'DOWN', 'EXIT'])
})

test('a monitor on a dead pid or an unknown name brings one DOWN noproc', async () => {
  const { runtime, probes } = await setup(2)
  const [one, gone] = probes
  runtime.exit(gone.pid, 'kill')
  const byPid = one.ctx.monitor(gone.pid)
  const byName = one.ctx.monitor('nobody')
  await settle()
  expect(one.messages).toEqual([
    { type: 'DOWN', ref: byPid, pid: gone.pid, name: undefined, reason: 'noproc' },
    { type: 'DOWN', ref: byName, pid: undefined, name: 'nobody', reason: 'noproc' },
  ])
})

test('demonitor with flush takes out a DOWN already queued, and leaves it without', async () => {
  const { runtime, probes } = await setup(2)
  const [one, peer] = probes
  const flushed = one.ctx.monitor(peer.pid)
  const kept = one.ctx.monitor(peer.pid)
  runtime.exit(peer.pid, 'kill')
  one.ctx.demonitor(flushed, { flush: true })
  one.ctx.demonitor(kept)
  await settle()
  expect(one.messages.map((message) => (message as Down).ref)).toEqual([kept])
})

test('a crash travels hop by hop with its first reason, and ends at who traps', async () => {
  const { runtime, probes } = await setup(3)
  const [a, b, c] = probes
  const end = await startProbe(runtime, { trap: true })
  a.ctx.link(b.pid)
  b.ctx.link(c.pid)
  c.ctx.link(end.pid)
  runtime.exit(a.pid, 'boom')
  await settle()
  expect([a, b, c].map(({ pid }) => runtime.isAlive(pid))).toEqual([false, false, false])
  expect(end.messages).toEqual([{ type: 'EXIT', from: c.pid, reason: 'boom' }])
})

test('a chain of 100000 links falls without touching the stack', async () => {
  const { runtime } = testRuntime()
  let last = runtime.spawn((ctx) => ctx.receive())
  const first = last
  for (let index = 0; index < 100_000; index++) {
    last = runtime.spawn((ctx) => ctx.receive(), { link: last })
  }
  runtime.exit(first, 'boom')
  expect(runtime.processes()).toEqual([])
  expect(runtime.isAlive(last)).toBe(false)
})

test('a name is free before anybody can see the end of its holder', async () => {
  const { runtime, probes } = await setup(1, { trap: true })
  const seen: unknown[] = []
  const watch = async (pid: Pid): Promise<void> => {
    const watcher = runtime.spawn(async (ctx) => {
      ctx.monitor(pid)
      await ctx.receive()
      seen.push(runtime.whereis('holder'))
    })
    await settle()
    expect(runtime.isAlive(watcher)).toBe(true)
  }
  runtime.register('holder', probes[0].pid)
  await watch(probes[0].pid)
  runtime.exit(probes[0].pid, 'kill')
  expect(runtime.whereis('holder')).toBeUndefined()
  await settle()
  expect(seen).toEqual([undefined])
})

test('a taken name and a second name are argument errors', async () => {
  const { runtime, probes } = await setup(2)
  runtime.register('one', probes[0].pid)
  expect(() => runtime.register('one', probes[1].pid)).toThrow('is taken by')
  expect(() => runtime.register('two', probes[0].pid)).toThrow('already registered as "one"')
})

test('sending to an unknown name throws, to a dead pid it is silent', async () => {
  const { runtime, probes } = await setup(2)
  runtime.exit(probes[1].pid, 'kill')
  expect(() => probes[0].ctx.send('nobody', 'x')).toThrow('no process is registered as "nobody"')
  expect(() => probes[0].ctx.send(probes[1].pid, 'x')).not.toThrow()
})

test('sendAfter looks a name up when it fires, and is silent when nobody has it', async () => {
  const { runtime, clock, probes } = await setup(1)
  probes[0].ctx.sendAfter(100, 'later', 'hello')
  probes[0].ctx.sendAfter(100, 'nobody', 'hello')
  runtime.register('later', probes[0].pid)
  await clock.advance(99)
  expect(probes[0].messages).toEqual([])
  await clock.advance(1)
  expect(probes[0].messages).toEqual(['hello'])
})

test('cancelling a sendAfter gives the time that was left, then false', async () => {
  const { clock, probes } = await setup(1)
  const timer = probes[0].ctx.sendAfter(100, probes[0].pid, 'never')
  await clock.advance(40)
  expect(timer.cancel()).toBe(60)
  expect(timer.cancel()).toBe(false)
  await clock.advance(100)
  expect(probes[0].messages).toEqual([])
})

test('a message that a timer holds ends with the process it is for', async () => {
  const { runtime, clock, probes } = await setup(2)
  const timers = probes.map(({ ctx }) => ctx.sendAfter(100, probes[0].pid, 'never'))
  runtime.exit(probes[0].pid, 'kill')
  await clock.advance(0)
  expect(timers.map((timer) => timer.cancel())).toEqual([false, false])
  expect(clock.pending).toBe(0)
})

test('processInfo counts waiting messages without the one in hand; undefined for the dead', async () => {
  const { runtime } = testRuntime()
  const pid = runtime.spawn(async (ctx) => {
    await ctx.receive()
    await ctx.receive((message) => message === 'never')
  })
  for (const message of ['in hand', 'a', 'b']) runtime.send(pid, message)
  await settle()
  expect(runtime.processInfo(pid)).toMatchObject({ messageQueueLength: 2, handled: 1 })
  runtime.exit(pid, 'kill')
  expect(runtime.processInfo(pid)).toBeUndefined()
})

test('processInfo tells whom a process monitors, and who monitors it, once for each monitor', async () => {
  const { probes, runtime } = await setup(3)
  const [a, b, c] = probes
  const ref = a.ctx.monitor(b.pid)
  a.ctx.monitor(b.pid)
  c.ctx.monitor(b.pid)
  expect(runtime.processInfo(b.pid)).toMatchObject({ monitors: [], monitoredBy: [a.pid, a.pid, c.pid] })
  expect(runtime.processInfo(a.pid)?.monitors).toEqual([b.pid, b.pid])
  a.ctx.demonitor(ref)
  expect(runtime.processInfo(a.pid)?.monitors).toEqual([b.pid])
  runtime.exit(b.pid, 'kill')
  expect(runtime.processInfo(a.pid)?.monitors).toEqual([])
})

test('a process runs while it has a message to handle, and not while it waits for another one', async () => {
  const { runtime } = testRuntime()
  const pid = runtime.spawn((ctx) => ctx.receive((message) => message === 'wanted'))
  await settle()
  runtime.send(pid, 'other')
  expect(runtime.processInfo(pid)?.status).toBe('running')
  await settle()
  expect(runtime.processInfo(pid)).toMatchObject({
    behaviour: 'function',
    status: 'waiting',
    messageQueueLength: 1,
  })
})

test('ancestors are the chain of those who started the process', async () => {
  const { runtime } = testRuntime()
  const chains: (readonly Pid[])[] = []
  const parent = runtime.spawn(async (outer) => {
    runtime.spawn((inner) => chains.push(inner.ancestors), { link: outer.self })
    await outer.receive()
  })
  await settle()
  expect(chains).toEqual([[parent, runtime.root]])
})

test('receive takes the first match and leaves the others in their order', async () => {
  const { runtime } = testRuntime()
  const got: unknown[] = []
  const pid = runtime.spawn(async (ctx) => {
    got.push(await ctx.receive((message): message is string => typeof message === 'string'))
    got.push(await ctx.receive(), await ctx.receive(), await ctx.receive())
  })
  for (const message of [1, 2, 'text', 3]) runtime.send(pid, message)
  await settle()
  expect(got).toEqual(['text', 1, 2, 3])
  expect(runtime.isAlive(pid)).toBe(false)
})

test('receive gives undefined after its time limit', async () => {
  const { runtime, clock } = testRuntime()
  const got: unknown[] = []
  runtime.spawn(async (ctx) => got.push(await ctx.receive(undefined, { timeoutMs: 50 }), ctx.nowMs))
  await clock.advance(49)
  expect(got).toEqual([])
  await clock.advance(1)
  expect(got).toEqual([undefined, clock.nowMs()])
})

test('a process killed while it waits runs its finally blocks and can do nothing more', async () => {
  const { runtime, probes } = await setup(1)
  const seen: unknown[] = []
  const pid = runtime.spawn(async (ctx) => {
    try {
      await ctx.receive()
    } catch (error) {
      seen.push(error)
      ctx.send(probes[0].pid, 'from beyond')
    } finally {
      seen.push('finally')
    }
  })
  await settle()
  runtime.exit(pid, 'kill')
  await settle()
  expect(seen).toEqual([expect.any(ProcessExited), 'finally'])
  expect(probes[0].messages).toEqual([])
})

const bug = new Error('bug')

test.each([
  { how: 'throws an error', body: () => Promise.reject(bug), reason: bug, reported: 1 },
  { how: 'throws a text', body: () => Promise.reject('text'), reason: { nocatch: 'text' }, reported: 1 },
  { how: 'exits', body: () => exit('chosen'), reason: 'chosen', reported: 1 },
  { how: 'exits with shutdown', body: () => exit({ shutdown: 1 }), reason: { shutdown: 1 }, reported: 0 },
  { how: 'returns', body: () => {}, reason: 'normal', reported: 0 },
])('a process that $how ends with $reason', async ({ body, reason, reported }) => {
  const { runtime, probes, reports } = await setup(1)
  const pid = runtime.spawn(async (ctx) => {
    await ctx.receive()
    await body()
  })
  probes[0].ctx.monitor(pid)
  runtime.send(pid, 'go')
  await settle()
  expect(probes[0].messages).toEqual([expect.objectContaining({ type: 'DOWN', pid, reason })])
  expect(reports.map(({ kind }) => kind)).toEqual(Array.from({ length: reported }, () => 'process_crash'))
})

test('receive without any wait still takes what is there', async () => {
  const { runtime } = testRuntime()
  const got: unknown[] = []
  const pid = runtime.spawn(async (ctx) => {
    got.push(await ctx.receive(undefined, { timeoutMs: 0 }), await ctx.receive(undefined, { timeoutMs: 0 }))
  })
  runtime.send(pid, 'there')
  await settle()
  expect(got).toEqual(['there', undefined])
})

test('the signal of a process is aborted when it ends', async () => {
  const { runtime, probes } = await setup(2)
  const { signal } = probes[0].ctx
  expect(signal.aborted).toBe(false)
  runtime.exit(probes[0].pid, 'kill')
  runtime.exit(probes[1].pid, 'kill')
  expect(signal.aborted).toBe(true)
  expect(signal.reason).toBeInstanceOf(ProcessExited)
  expect(probes[1].ctx.signal.aborted).toBe(true)
})

test('an unclean exit that reaches the root is reported and told once', async () => {
  const { runtime, reports } = testRuntime()
  const pid = runtime.spawn((ctx) => ctx.receive(), { link: runtime.root })
  runtime.exit(pid, 'boom')
  expect(await runtime.failed).toBe('boom')
  expect(reports.map(({ kind }) => kind)).toEqual(['root_exit'])
})

test('stopping a runtime ends what the root started in reverse, and kills the rest', async () => {
  const { runtime } = testRuntime()
  const ended: string[] = []
  const start = (name: string, options: object): void => {
    runtime.spawn(async (ctx) => {
      ctx.trapExit(true)
      const message = await ctx.receive()
      ended.push(`${name} ${String((message as Down).reason)}`)
    }, options)
  }
  start('first', { link: runtime.root })
  start('second', { link: runtime.root })
  start('stray', {})
  await settle()
  await runtime.stop()
  expect(ended).toEqual(['second shutdown', 'first shutdown'])
  expect(runtime.processes()).toEqual([])
})

test('property: each monitor brings one DOWN and each linked trapping peer one EXIT, whatever the graph', async () => {
  const edges = fc.array(fc.tuple(fc.nat(4), fc.nat(4), fc.boolean()), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(edges, fc.array(fc.nat(4), { minLength: 1, maxLength: 5 }), async (pairs, victims) => {
      const { runtime } = testRuntime()
      const probes = await Promise.all([0, 1, 2, 3, 4].map(() => startProbe(runtime, { trap: true })))
      const expected = new Map(probes.map((probe) => [probe, { DOWN: 0, EXIT: new Set<Pid>() }]))
      const dead = new Set(victims.map((victim) => probes[victim]?.pid))
      for (const [from, to, monitors] of pairs) {
        const [a, b] = [probes[from], probes[to]]
        if (!a || !b || a === b) continue
        if (monitors) a.ctx.monitor(b.pid)
        else a.ctx.link(b.pid)
        if (monitors && dead.has(b.pid)) (expected.get(a) as { DOWN: number }).DOWN++
        if (!monitors && dead.has(b.pid)) expected.get(a)?.EXIT.add(b.pid)
        if (!monitors && dead.has(a.pid)) expected.get(b)?.EXIT.add(a.pid)
      }
      for (const pid of dead) if (pid) runtime.exit(pid, 'kill')
      await settle()
      for (const [probe, { DOWN, EXIT }] of expected) {
        if (dead.has(probe.pid)) continue
        const types = probe.messages.map((message) => (message as Down).type)
        expect(types.filter((type) => type === 'DOWN')).toHaveLength(DOWN)
        expect(types.filter((type) => String(type) === 'EXIT')).toHaveLength(EXIT.size)
      }
    }),
    { numRuns: 60 },
  )
})

test('a match that throws is a bug of the process: receive fails with it, others live', async () => {
  const { runtime, probes, reports } = await setup(1)
  const pid = runtime.spawn(async (ctx) => {
    await ctx.receive(() => {
      throw bug
    })
  })
  probes[0].ctx.monitor(pid)
  runtime.send(pid, 'any')
  await settle()
  expect(probes[0].messages).toMatchObject([{ type: 'DOWN', reason: bug }])
  expect(reports).toMatchObject([{ kind: 'process_crash', reason: bug }])
})

test('waiting for two messages at a time is an error', async () => {
  const { probes } = await setup(1)
  expect(() => probes[0].ctx.receive()).toThrow('one message at a time')
})

test('a pid is never given twice, and prints what it is', async () => {
  const { runtime } = testRuntime()
  const pids = new Set<string>()
  for (let round = 0; round < 1_000; round++) {
    const pid = runtime.spawn(() => {})
    pids.add(pid.id)
    runtime.exit(pid, 'kill')
  }
  expect(pids.size).toBe(1_000)
  expect([...pids].every((id) => /^<0\.\d+\.0>$/.test(id))).toBe(true)
})
