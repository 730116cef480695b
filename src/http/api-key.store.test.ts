import { expect, test } from 'vitest'
import { testDatabase } from '../../test/support/index.ts'
import { hashToken } from '../kernel/index.ts'
import { createAccess } from './access.ts'
import { apiKeyStore } from './api-key.store.ts'

test('keys and sessions are kept as hashes only', async (t) => {
  const { database, sql } = await testDatabase(t)
  const access = createAccess(database)
  const { key, principal } = await access.create({ name: 'ci', scopes: ['submit', 'read'] })
  const session = await access.openSession(principal)
  const keys = await sql`select * from http_api_keys`
  const sessions = await sql`select * from http_sessions`
  expect(keys).toMatchObject([{ key_hash: hashToken(key.reveal()), scopes: ['submit', 'read'] }])
  expect(sessions).toMatchObject([{ token_hash: hashToken(session.reveal()), key_id: principal.id }])
  const everything = JSON.stringify([keys, sessions])
  expect(everything).not.toContain(key.reveal())
  expect(everything).not.toContain(session.reveal())
})

test('a session that ran out is no session, and the next one sweeps it away', async (t) => {
  const { sql } = await testDatabase(t)
  const store = apiKeyStore(sql)
  await store.insert({ id: 'k1', name: 'k', scopes: ['read'], hash: 'key-hash' })
  await store.insertSession({ hash: 'old', keyId: 'k1', lifeSeconds: -1 })
  expect(await store.useSession('old')).toBeUndefined()
  await store.insertSession({ hash: 'new', keyId: 'k1', lifeSeconds: 60 })
  expect(await store.useSession('new')).toMatchObject({ id: 'k1' })
  expect(await sql`select token_hash from http_sessions`).toEqual([{ token_hash: 'new' }])
})
