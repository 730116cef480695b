import { signal } from '@preact/signals'

/**
 * The present, one step a second: what ages, spans and charts are measured
 * against. Stands still while the page is hidden.
 */
export const nowMs = signal(Date.now())

/** The present to the millisecond, for measuring rather than showing. */
export function preciseNowMs(): number {
  return Date.now()
}

/** Starts the ticking; call once. */
export function startTicking(): void {
  const tick = (): void => {
    if (!document.hidden) nowMs.value = Date.now()
  }
  setInterval(tick, 1_000)
  document.addEventListener('visibilitychange', tick)
}
