/** Turns of the event loop that let chains of promises, slices and file reads come to rest. */
const TURNS = 3

/**
 * Waits until everything that can happen without time passing has happened:
 * microtasks, slices of processes, and what these set going. Not a wait for
 * sockets or child processes: for those, wait for their event.
 */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
  }
}
