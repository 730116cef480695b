import { expect, test } from 'vitest'
import { testServer } from '../../test/support/index.ts'
import { createClient } from '../client/index.ts'
import type { LiveEvent } from '../contract/index.ts'
import { systemClock } from '../kernel/index.ts'
import { createRuntime, Supervisor } from '../otp/index.ts'
import { eventsRoutes } from './events.routes.ts'
import { LIVE_HUB, LiveHub } from './live-hub.server.ts'
import { liveSource } from './live-source.ts'
import { treeReply } from './process-view.ts'

test('a client hears of a build as it is submitted, and again from a new hub after a kill', async (t) => {
  const runtime = createRuntime({ logger: () => undefined })
  t.onTestFinished(() => runtime.stop())
  const { builds, keys, listen, submit } = await testServer(t, { routes: [eventsRoutes(runtime)] })
  const source = liveSource(builds, () => treeReply({ id: 'n1', runtime, root: 'top' }))
  const hub = LiveHub.child(source, { id: 'live-hub', name: LIVE_HUB })
  await Supervisor.startLink({ name: 'top', strategy: 'one_for_one', children: [hub] }, { runtime })

  const client = createClient({ url: await listen(), key: keys.read, clock: systemClock })
  const leaving = new AbortController()
  t.onTestFinished(() => leaving.abort())
  const events = client.events(leaving.signal)
  const next = async (wanted: (event: LiveEvent) => boolean): Promise<LiveEvent> => {
    for (;;) {
      const { value } = await events.next()
      if (wanted(value)) return value
    }
  }

  expect(await next(({ type }) => type === 'counts')).toMatchObject({ counts: { total: 0 } })
  await next(({ type }) => type === 'tree')
  const first = await submit()
  await next((event) => event.type === 'build' && event.build.id === first.id)

  const pid = runtime.whereis(LIVE_HUB)
  if (pid) runtime.exit(pid, 'kill')
  expect(await next(({ type }) => type === 'counts')).toMatchObject({ counts: { total: 1 } })
  const second = await submit()
  await next((event) => event.type === 'build' && event.build.id === second.id)
})
