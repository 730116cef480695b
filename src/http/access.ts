import type { Scope } from '../contract/index.ts'
import { type Clock, hashToken, newId, newToken, Problem, Secret, systemClock } from '../kernel/index.ts'
import type { Database } from '../storage/index.ts'
import { type ApiKey, apiKeyStore } from './api-key.store.ts'

/** Who a request speaks for. */
export interface Principal {
  /** The key's id. */
  readonly id: string
  readonly name: string
  readonly scopes: readonly Scope[]
}

/** A key to be made. */
export interface NewKey {
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Installs this text instead of a random one; 16 to 512 characters. */
  readonly key?: Secret | undefined
}

/** API keys and dashboard sessions. Only SHA-256 hashes of them are stored. */
export interface Access {
  /** Whose key this is. Answers are remembered for a few seconds, so a revocation reaches other nodes that late. */
  verify(key: string): Promise<Principal | undefined>
  /**
   * Makes a key and shows it, the only time. Installing a text that is a key
   * already returns that key. Rejects with `key_too_short`, or `key_revoked`
   * when that very text was revoked before.
   */
  create(wanted: NewKey): Promise<{ readonly key: Secret; readonly principal: Principal }>
  list(): Promise<readonly ApiKey[]>
  /** False when there is no such key, or it is revoked already. */
  revoke(id: string): Promise<boolean>
  /** Keys that work. */
  count(): Promise<number>
  /** Starts a session of a key; the token goes into a cookie. */
  openSession(principal: Principal): Promise<Secret>
  findSession(token: string): Promise<Principal | undefined>
  closeSession(token: string): Promise<void>
}

/** How long a dashboard session lasts. */
export const SESSION_SECONDS = 7 * 24 * 3_600

const REMEMBERED_MS = 5_000
const REMEMBERED_MAX = 1_000
const KEY_LENGTH_MIN = 16
const KEY_LENGTH_MAX = 512

/** Keeps keys and sessions in the database of the node. */
export function createAccess(database: Database, clock: Clock = systemClock): Access {
  const store = apiKeyStore(database.sql)
  const keys = remembering(clock, (hash) => store.use(hash))
  const sessions = remembering(clock, (hash) => store.useSession(hash))
  const forget = (): void => {
    keys.clear()
    sessions.clear()
  }
  return {
    verify: (key) => (key.length > KEY_LENGTH_MAX ? Promise.resolve(undefined) : keys.find(hashToken(key))),
    async create({ name, scopes, key = new Secret(`qk_${newToken()}`) }) {
      refuseBadLength(key.reveal())
      const made = await store.insert({ id: newId(), name, scopes, hash: hashToken(key.reveal()) })
      if (made.revokedAt) throw new Problem('key_revoked', 'This API key was revoked', { field: 'api_key' })
      return { key, principal: toPrincipal(made) }
    },
    list: () => store.list(),
    async revoke(id) {
      const revoked = await store.revoke(id)
      forget()
      return revoked
    },
    count: () => store.count(),
    async openSession({ id }) {
      const token = newToken()
      await store.insertSession({ hash: hashToken(token), keyId: id, lifeSeconds: SESSION_SECONDS })
      return new Secret(token)
    },
    findSession: (token) => sessions.find(hashToken(token)),
    async closeSession(token) {
      await store.removeSession(hashToken(token))
      forget()
    },
  }
}

const toPrincipal = ({ id, name, scopes }: ApiKey): Principal => ({ id, name, scopes })

function refuseBadLength(key: string): void {
  if (key.length >= KEY_LENGTH_MIN && key.length <= KEY_LENGTH_MAX) return
  throw new Problem('key_too_short', `An API key has ${KEY_LENGTH_MIN} to ${KEY_LENGTH_MAX} characters`, {
    field: 'api_key',
    wayOut: 'Choose a longer one, or leave it out to get a random one.',
  })
}

interface Remembered {
  readonly untilMs: number
  readonly answer: Promise<ApiKey | undefined>
}

/**
 * Asks once for many requests. Only what was found is remembered: a new key
 * works at once, and wrong ones do not fill the memory.
 */
function remembering(clock: Clock, ask: (hash: string) => Promise<ApiKey | undefined>) {
  const known = new Map<string, Remembered>()
  const look = (hash: string): Promise<ApiKey | undefined> => {
    const answer = ask(hash)
    known.set(hash, { untilMs: clock.monotonicMs() + REMEMBERED_MS, answer })
    const drop = (): void => {
      if (known.get(hash)?.answer === answer) known.delete(hash)
    }
    answer.then((found) => found ?? drop(), drop)
    if (known.size > REMEMBERED_MAX) known.delete(known.keys().next().value ?? '')
    return answer
  }
  return {
    async find(hash: string): Promise<Principal | undefined> {
      const remembered = known.get(hash)
      const fresh = remembered !== undefined && remembered.untilMs > clock.monotonicMs()
      const found = await (fresh ? remembered.answer : look(hash))
      return found && toPrincipal(found)
    },
    clear: () => known.clear(),
  }
}
