/**
 * A bench imports `../src/...`, as its types do, and measures what users get: the
 * compiled files in `dist`. A loader of TypeScript changes what it loads (each
 * function gets its name anew whenever it is made): servers start at half the pace.
 */
const BENCH = new URL('./', import.meta.url).href
const SRC = new URL('../src/', import.meta.url).href
const DIST = new URL('../dist/', import.meta.url).href

/** @type {import('node:module').ResolveHook} */
export async function resolve(specifier, context, nextResolve) {
  const found = await nextResolve(specifier, context)
  if (!context.parentURL?.startsWith(BENCH) || !found.url.startsWith(SRC)) return found
  const url = found.url.replace(SRC, DIST).replace(/\.ts$/, '.js')
  return { ...found, url, format: 'module' }
}
