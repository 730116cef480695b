import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, expect, test } from 'vitest'
import {
  attach,
  attachPrefix,
  type Clock,
  defineEvent,
  defineSpan,
  detach,
  emit,
  exportToDiagnosticsChannel,
  HandlerFailure,
  hasListeners,
  listHandlers,
  span,
} from './index.ts'

const Baked = defineEvent<{ readonly loaves: number }>('bakery.bread.baked')
const Sold = defineEvent<{ readonly loaves: number }>('bakery.bread.sold')

afterEach(() => {
  for (const { id } of listHandlers()) detach(id)
})

/** Attaches a handler that keeps what it sees. */
const listen = (id: string, ...events: (typeof Baked)[]): unknown[] => {
  const seen: unknown[] = []
  attach(id, events, (event, metadata) => seen.push([event, metadata]))
  return seen
}

test('a handler sees exactly the events it was attached to', () => {
  const seen = listen('h', Baked)
  emit(Baked, { loaves: 3 })
  emit(Sold, { loaves: 1 })
  expect(seen).toEqual([['bakery.bread.baked', { loaves: 3 }]])
})

test('two declarations of a name are one event', () => {
  expect(defineEvent('bakery.bread.baked')).toBe(Baked)
})

test('an id can be taken once, and again after detaching', () => {
  listen('h', Baked)
  expect(attach('h', Sold, () => {})).toMatchObject({ ok: false, reason: 'already_exists' })
  expect([detach('h'), detach('h')]).toEqual([true, false])
  expect(attach('h', Sold, () => {})).toMatchObject({ ok: true })
})

test('a prefix covers events declared later', () => {
  const seen: string[] = []
  attachPrefix('h', 'bakery.cake', (event) => seen.push(event))
  emit(defineEvent<object>('bakery.cake.baked'), {})
  emit(Baked, { loaves: 1 })
  expect(seen).toEqual(['bakery.cake.baked'])
  expect(listHandlers('bakery.cake').map(({ id }) => id)).toEqual(['h'])
  expect(listHandlers('garage')).toEqual([])
})

test.each([
  { how: 'throws', fail: () => expect.fail('bug') },
  { how: 'rejects', fail: () => Promise.reject(new Error('bug')) },
])('a handler that $how is detached from all its events, told, and hurts nobody', async ({ fail }) => {
  const failures: unknown[] = []
  attach('watch', HandlerFailure, (_event, { id, event }) => failures.push([id, event]))
  attach('bad', [Baked, Sold], fail)
  const seen = listen('good', Baked)
  emit(Baked, { loaves: 1 })
  await new Promise(setImmediate)
  emit(Sold, { loaves: 1 })
  await new Promise(setImmediate)
  expect(failures).toEqual([['bad', 'bakery.bread.baked']])
  expect(seen).toHaveLength(1)
  expect(listHandlers().map(({ id }) => id)).toEqual(['watch', 'good'])
})

test('attaching and detaching in a handler does not touch the emission in progress', () => {
  const seen: string[] = []
  attach('first', Baked, () => {
    seen.push('first')
    detach('second')
    attach('third', Baked, () => seen.push('third'))
  })
  attach('second', Baked, () => seen.push('second'))
  emit(Baked, { loaves: 1 })
  expect(seen).toEqual(['first', 'second'])
})

test('hasListeners tells whether somebody listens', () => {
  expect(hasListeners(Baked)).toBe(false)
  listen('h', Baked)
  expect(hasListeners(Baked)).toBe(true)
})

const tickingClock = (): Clock => {
  let nowMs = 0
  return { nowMs: () => 1_000, monotonicMs: () => (nowMs += 10), after: () => ({ cancel: () => {} }) }
}

test('a span tells its start and its stop, whose metadata is what the work returned', async () => {
  const Bake = defineSpan<{ readonly oven: number }, { readonly loaves: number }>('bakery.bake')
  const seen: object[] = []
  attachPrefix('h', 'bakery.bake', (event, metadata) => seen.push({ event, ...metadata }))
  const work = async () => ({ value: 'done', metadata: { loaves: 4 } })
  expect(await span(tickingClock(), Bake, { oven: 1 }, work)).toBe('done')
  const [start, stop] = seen as [{ span: number }, object]
  expect(start).toMatchObject({ event: 'bakery.bake.start', oven: 1, startedAtMs: 1_000, monotonicMs: 10 })
  expect(stop).toEqual({
    event: 'bakery.bake.stop',
    loaves: 4,
    durationMs: 10,
    monotonicMs: 20,
    span: start.span,
  })
})

test('a span tells what its work threw, and throws it on', async () => {
  const Bake = defineSpan<{ readonly oven: number }>('bakery.burn')
  const error = new Error('burnt')
  const seen: object[] = []
  attach('h', Bake.exception, (_event, metadata) => seen.push(metadata))
  await expect(span(tickingClock(), Bake, { oven: 1 }, () => Promise.reject(error))).rejects.toBe(error)
  expect(seen).toMatchObject([{ oven: 1, error, durationMs: 10 }])
})

test('the exporter mirrors events to diagnostics_channel until it is ended', () => {
  const seen: unknown[] = []
  const subscriber = (message: unknown): void => void seen.push(message)
  subscribe('bakery.bread.baked', subscriber)
  const end = exportToDiagnosticsChannel()
  emit(Baked, { loaves: 1 })
  end()
  emit(Baked, { loaves: 2 })
  unsubscribe('bakery.bread.baked', subscriber)
  expect(seen).toEqual([{ loaves: 1 }])
})
