import { expect, onTestFinished, test } from 'vitest'
import { attachPrefix, detach } from '../kernel/index.ts'
import { type Pid, supervisionTree } from '../otp/index.ts'
import { settle, testRuntime } from '../testing/index.ts'
import { defineDispatcher, MailboxMonitor } from './index.ts'

/** A process that reads nothing until told to read so many messages. */
const setup = async () => {
  const world = testRuntime()
  const { runtime } = world
  const events: unknown[] = []
  attachPrefix('mailboxes', 'dispatch.mailbox.', (event, { length }: { length?: number }) =>
    events.push([event, length]),
  )
  onTestFinished(() => void detach('mailboxes'))
  let read: (count: number) => Promise<void> = async () => {}
  const busy: Pid = runtime.spawn(
    async (ctx) => {
      read = async (count) => {
        for (let n = 0; n < count; n++) await ctx.receive()
      }
      await new Promise(() => {})
    },
    { name: 'busy' },
  )
  await settle()
  const monitor = await MailboxMonitor.start(
    { processes: ['busy', 'nobody'], thresholds: { alert: 500, critical: 800, intervalMs: 1_000 } },
    { runtime },
  )
  const send = (count: number) => {
    for (let n = 0; n < count; n++) runtime.send(busy, n)
  }
  return { ...world, events, monitor, send, read: (count: number) => read(count), busy }
}

test('a mailbox is announced once when it is too long, dangerously long, and well again', async () => {
  const { clock, events, send, read } = await setup()
  send(499)
  await clock.advance(1_000)
  expect(events).toEqual([])
  send(1)
  await clock.advance(3_000)
  expect(events).toEqual([['dispatch.mailbox.alert', 500]])
  send(300)
  await clock.advance(2_000)
  expect(events.slice(1)).toEqual([['dispatch.mailbox.critical', 800]])
  await read(301)
  await clock.advance(2_000)
  expect(events.slice(2)).toEqual([['dispatch.mailbox.recovered', 499]])
})

test('it can be asked at any time, and who is not there has no messages', async () => {
  const { monitor, send } = await setup()
  send(900)
  expect(await monitor.call.health()).toEqual([
    { process: 'busy', length: 900, level: 'critical' },
    { process: 'nobody', length: 0, level: 'ok' },
  ])
})

test('a process that ended is well again', async () => {
  const { clock, events, send, runtime, busy } = await setup()
  send(500)
  await clock.advance(1_000)
  runtime.exit(busy, 'kill')
  await clock.advance(1_000)
  expect(events).toEqual([
    ['dispatch.mailbox.alert', 500],
    ['dispatch.mailbox.recovered', 0],
  ])
})

test('a dispatcher watches its coordinators, by thresholds of its own, and the tree shows the same', async () => {
  const { runtime } = testRuntime()
  const flooded = defineDispatcher<string>({ name: 'flooded', mailbox: { alert: 2, critical: 50 } })
  const tree = await flooded.startLink({ runtime })
  const dispatcher = flooded.at(runtime)
  const health = dispatcher.mailboxes()
  const entered = Array.from({ length: 40 }, (_, n) => dispatcher.enqueue({ id: `b${n}`, payload: '' }))
  const shown = supervisionTree(runtime, tree)
  expect(await health).toEqual([{ process: 'flooded.coordinator.0', length: 40, level: 'alert' }])
  expect((await shown).children?.map(({ id, mailbox }) => [id, mailbox])).toContainEqual([
    'flooded.coordinator.0',
    40,
  ])
  await Promise.all(entered)
})
