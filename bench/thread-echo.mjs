/** The raw worker of `thread.bench.ts`: answers arrays of [id, number]. */
import { parentPort } from 'node:worker_threads'

parentPort?.on('message', (/** @type {number[]} */ batch) => {
  for (let at = 1; at < batch.length; at += 2) batch[at] = (batch[at] ?? 0) + 1
  parentPort?.postMessage(batch)
})
