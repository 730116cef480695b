import { defineEvent } from '../kernel/index.ts'

/** News could not be loaded; the hub tries again in a second. */
export const LiveLoadFailed = defineEvent<{ readonly reason: string }>('dashboard.live.load_failed')
