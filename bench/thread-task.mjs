/**
 * The task of the pools in `thread.bench.ts`; they look for this one export.
 * @param {number} n
 */
const next = (n) => n + 1

export { next as default }
