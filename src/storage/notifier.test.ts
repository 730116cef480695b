import { expect, type TestContext, test } from 'vitest'
import { testDatabase } from '../../test/support/index.ts'

/** Collects what a listener hears and lets the test wait for the next of it. */
function heard() {
  const waiting: ((item: string) => void)[] = []
  const arrived: string[] = []
  const push = (item: string): void => {
    const deliver = waiting.shift()
    if (deliver === undefined) arrived.push(item)
    else deliver(item)
  }
  const next = (): Promise<string> => {
    const item = arrived.shift()
    return item === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(item)
  }
  return { onMessage: (payload: string) => push(`message ${payload}`), onGap: () => push('gap'), next }
}

async function setup(t: TestContext) {
  const { database, sql } = await testDatabase(t)
  const listen = (channel: string) => {
    const { onMessage, onGap, next } = heard()
    return { next, stop: database.listen(channel, onMessage, onGap) }
  }
  const notify = (channel: string, payload: string) => sql`select pg_notify(${channel}, ${payload})`
  return { sql, listen, notify }
}

test('a listener hears that listening works, then each message of its channel', async (t) => {
  const { listen, notify } = await setup(t)
  const { next } = listen('Builds changed')
  expect(await next()).toBe('gap')
  await notify('other', 'x')
  await notify('Builds changed', 'b1')
  await notify('Builds changed', '')
  expect([await next(), await next()]).toEqual(['message b1', 'message '])
})

test('one that came later hears too, and one that stopped hears nothing more', async (t) => {
  const { listen, notify } = await setup(t)
  const [first, second] = [listen('c'), listen('c')]
  expect([await first.next(), await second.next()]).toEqual(['gap', 'gap'])
  first.stop()
  first.stop()
  await notify('c', '1')
  expect(await second.next()).toBe('message 1')
  const third = listen('c')
  expect(await third.next()).toBe('gap')
  await notify('c', '2')
  expect([await second.next(), await third.next()]).toEqual(['message 2', 'message 2'])
  expect(await Promise.race([first.next(), Promise.resolve('nothing')])).toBe('nothing')
})

test('after its connection was lost every listener is told to look again', async (t) => {
  const { sql, listen, notify } = await setup(t)
  const [a, b] = [listen('a'), listen('b')]
  expect([await a.next(), await b.next()]).toEqual(['gap', 'gap'])
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
             where application_name = 'quorate listener' and datname = current_database()`
  expect([await a.next(), await b.next()]).toEqual(['gap', 'gap'])
  await notify('b', 'again')
  expect(await b.next()).toBe('message again')
})
