/** How a poll went. */
export interface PollOptions<T> {
  readonly load: () => Promise<T>
  readonly onLoaded: (loaded: T) => void
  readonly onFailed: (error: unknown) => void
}

const PAUSE_MS = 1_000

/** Loads once a second while the page is visible, until the returned function is called. */
export function poll<T>({ load, onLoaded, onFailed }: PollOptions<T>): () => void {
  let over = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = async (): Promise<void> => {
    timer = undefined
    try {
      const loaded = await load()
      if (!over) onLoaded(loaded)
    } catch (error) {
      if (!over) onFailed(error)
    }
    if (!over && !document.hidden) timer = setTimeout(() => void look(), PAUSE_MS)
    else idle = true
  }
  let idle = false
  const wake = (): void => {
    if (!idle || document.hidden) return
    idle = false
    void look()
  }
  document.addEventListener('visibilitychange', wake)
  void look()
  return () => {
    over = true
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', wake)
  }
}
