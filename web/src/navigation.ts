import { signal } from '@preact/signals'
import { parseRoute, printRoute, type Route } from './route.ts'

/** Where the reader is; follows the address bar. */
export const route = signal<Route>(parseRoute(here()))

/** Goes there; `replace` leaves no step behind for the back button. */
export function navigate(to: Route, { replace = false }: { readonly replace?: boolean } = {}): void {
  const change = replace ? 'replaceState' : 'pushState'
  const leaves = to.page !== route.value.page
  history[change](null, '', printRoute(to))
  route.value = to
  if (leaves) scrollTo(0, 0)
}

/** Makes links of this page change the route instead of loading the page anew. */
export function startNavigation(): void {
  addEventListener('popstate', () => {
    route.value = parseRoute(here())
  })
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || !isPlainClick(event) || !isOfThisPage(link)) return
    event.preventDefault()
    navigate(parseRoute(new URL(link.href)))
  })
}

function here(): URL {
  return new URL(location.href)
}

function isPlainClick(event: MouseEvent): boolean {
  const changed = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey
  return event.button === 0 && !changed && !event.defaultPrevented
}

/** Links to the API, downloads and jumps within the page are the browser's own business. */
function isOfThisPage(link: HTMLAnchorElement): boolean {
  const sameOrigin = link.origin === location.origin && !link.hasAttribute('download')
  return sameOrigin && !link.target && parseRoute(new URL(link.href)).page !== 'missing' && !isJump(link)
}

function isJump(link: HTMLAnchorElement): boolean {
  return link.getAttribute('href')?.startsWith('#') === true
}
