import { signal } from '@preact/signals'
import { ClientError } from '../../src/client/index.ts'
import { client, reasonOf } from './client.ts'

/** Who is signed in: `unknown` until the server said, `nobody` shows the login page. */
export type Session = 'unknown' | 'nobody' | { readonly name: string; readonly scopes: readonly string[] }

export const session = signal<Session>('unknown')

/** Why the last sign-in was refused. */
export const loginError = signal<string | undefined>(undefined)

/** True when the key may do everything. */
export function isAdmin(): boolean {
  return typeof session.value === 'object' && session.value.scopes.includes('admin')
}

/**
 * Signs in with the key of a `/#key=…` link, if there is one, else finds out
 * whether the browser's cookie is still good. The key leaves the address bar
 * before anything else happens, so that it stays in no history.
 */
export async function resumeSession(): Promise<void> {
  const key = new URLSearchParams(location.hash.slice(1)).get('key')
  if (key === null) return whoAmI()
  history.replaceState(null, '', location.pathname + location.search)
  await login(key)
}

/** Trades a key for the cookie; on refusal `loginError` says why. */
export async function login(key: string): Promise<void> {
  try {
    session.value = await client.session.open(key.trim())
    loginError.value = undefined
  } catch (error) {
    session.value = 'nobody'
    loginError.value = reasonOf(error)
  }
}

export async function logout(): Promise<void> {
  session.value = 'nobody'
  await client.session.close().catch(() => undefined)
}

/** Asks the server; an unreachable server leaves the session as it was. */
export async function whoAmI(): Promise<void> {
  try {
    session.value = await client.session.current()
  } catch (error) {
    if (error instanceof ClientError && error.status === 401) {
      session.value = 'nobody'
      return
    }
    if (session.value !== 'unknown') return
    session.value = 'nobody'
    loginError.value = reasonOf(error)
  }
}
