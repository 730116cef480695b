import { expect, test } from 'vitest'
import { testDatabase } from '../../test/support/index.ts'
import { Secret } from '../kernel/index.ts'
import { virtualClock } from '../testing/index.ts'
import { createAccess } from './access.ts'

test('a key is shown once and never again', async (t) => {
  const { database } = await testDatabase(t)
  const access = createAccess(database)
  const { key, principal } = await access.create({ name: 'ci', scopes: ['submit'] })
  expect(key.reveal()).toMatch(/^qk_[\w-]{43}$/)
  expect(await access.verify(key.reveal())).toEqual(principal)
  expect(await access.verify(`${key.reveal()}x`)).toBeUndefined()
  expect(JSON.stringify([key, await access.list()])).not.toContain(key.reveal())
})

test('installing a text twice gives one key; a short one is refused, a revoked one stays so', async (t) => {
  const { database } = await testDatabase(t)
  const access = createAccess(database)
  const key = new Secret('a-key-of-my-own-0123')
  const first = await access.create({ name: 'own', scopes: ['admin'], key })
  const again = await access.create({ name: 'own', scopes: ['admin'], key })
  expect(again.principal.id).toBe(first.principal.id)
  expect(await access.count()).toBe(1)
  const short = { name: 'x', scopes: [], key: new Secret('0123456789') }
  await expect(access.create(short)).rejects.toMatchObject({ code: 'key_too_short' })
  await access.revoke(first.principal.id)
  await expect(access.create({ name: 'own', scopes: ['admin'], key })).rejects.toMatchObject({
    code: 'key_revoked',
  })
  expect(await access.count()).toBe(0)
})

test('a revocation reaches the node that made it at once, and others within seconds', async (t) => {
  const { database } = await testDatabase(t)
  const clock = virtualClock()
  const [here, there] = [createAccess(database), createAccess(database, clock)]
  const { key, principal } = await here.create({ name: 'k', scopes: ['read'] })
  expect(await there.verify(key.reveal())).toBeDefined()
  expect(await here.verify(key.reveal())).toBeDefined()
  await here.revoke(principal.id)
  expect(await here.verify(key.reveal())).toBeUndefined()
  await clock.advance(5_001)
  expect(await there.verify(key.reveal())).toBeUndefined()
})

test('a key that was refused works as soon as it exists', async (t) => {
  const { database } = await testDatabase(t)
  const access = createAccess(database)
  const key = new Secret('not-yet-a-key-0123456')
  expect(await access.verify(key.reveal())).toBeUndefined()
  await access.create({ name: 'late', scopes: ['read'], key })
  expect(await access.verify(key.reveal())).toBeDefined()
})
