import type { Access } from '../http/index.ts'
import type { Secret } from '../kernel/index.ts'
import { type ChildSpec, defineServer } from '../otp/index.ts'

/** Where the admin key comes from and who is shown a new one. */
export interface FirstKeyOptions {
  readonly access: Access
  /** The configured key; it is installed as an admin key at each start. */
  readonly configured: Secret | undefined
  /** Called with the key that the first start made: the only time that anybody sees it. */
  readonly onCreated: (key: Secret) => void
}

/**
 * Makes sure that somebody can get in: installs the configured admin key, or
 * makes one when the database has none yet.
 *
 * Owns nothing afterwards. A crash costs nothing: the next start finds the key.
 */
const FirstKey = defineServer({
  name: 'app.first_key',
  async init({ access, configured, onCreated }: FirstKeyOptions) {
    if (configured) await access.create({ name: 'configured', scopes: ['admin'], key: configured })
    else if ((await access.count()) === 0) {
      const { key } = await access.create({ name: 'first', scopes: ['admin'] })
      onCreated(key)
    }
    return {}
  },
})

/** The child that makes sure of an admin key; started last, so that no key is made for a node that does not start. */
export function firstKey(options: FirstKeyOptions): ChildSpec {
  return FirstKey.child(options, { id: 'first-key', name: 'app.first_key' })
}
