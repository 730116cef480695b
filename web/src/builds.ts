import { effect, signal, untracked } from '@preact/signals'
import type { BuildPage } from '../../src/contract/index.ts'
import { type BuildList, changed, listOf, olderPage, shown } from './build-list.ts'
import { client, reasonOf } from './client.ts'
import { epoch, onBuild } from './live.ts'
import { route } from './navigation.ts'
import { type BuildFilter, printRoute } from './route.ts'

const PAGE = 50
/** A list that grew longer while the reader watched its top begins anew. */
const ROWS_MAX = 500
/** Rows stay in place once the reader has scrolled past this. */
const HELD_BELOW_PX = 240

/** The list on the overview; undefined until the first page is here. */
export const list = signal<BuildList | undefined>(undefined)
export const listError = signal<string | undefined>(undefined)
/** The reader asked the list to stand still. */
export const paused = signal(false)

/** Keeps the list on the filter of the URL and fetches anew after a lost connection. */
export function startBuilds(): void {
  onBuild((build) => {
    if (!list.value) return
    list.value = changed(list.value, build, isHeld())
    if (list.value.rows.length > ROWS_MAX && !isHeld()) void load(list.value.filter)
  })
  effect(() => {
    const { value } = route
    if (value.page === 'overview' && epoch.value > 0) untracked(() => void load(value.filter))
  })
}

/** Shows the waiting builds, from the top. */
export function showWaiting(): void {
  if (list.value) list.value = shown(list.value)
  scrollTo({ top: 0 })
}

/** Fetches the next older page. */
export async function loadOlder(): Promise<void> {
  const before = list.value
  if (!before?.next) return
  try {
    const page = await fetchPage(before.filter, before.next)
    if (list.value && isOf(list.value, before.filter)) list.value = olderPage(list.value, page)
  } catch (error) {
    listError.value = reasonOf(error)
  }
}

export function togglePaused(): void {
  paused.value = !paused.value
  if (!paused.value && list.value) list.value = shown(list.value)
}

async function load(filter: BuildFilter): Promise<void> {
  if (list.value && !isOf(list.value, filter)) list.value = undefined
  try {
    const page = await fetchPage(filter)
    if (route.value.page !== 'overview' || printRoute(route.value) !== address(filter)) return
    list.value = listOf(filter, page)
    listError.value = undefined
  } catch (error) {
    listError.value = reasonOf(error)
  }
}

function fetchPage({ state, platform, workerId }: BuildFilter, before?: string): Promise<BuildPage> {
  return client.builds.list({ state, platform, worker_id: workerId, before, limit: PAGE })
}

function isHeld(): boolean {
  return paused.value || scrollY > HELD_BELOW_PX
}

function isOf(shownList: BuildList, filter: BuildFilter): boolean {
  return address(shownList.filter) === address(filter)
}

function address(filter: BuildFilter): string {
  return printRoute({ page: 'overview', filter })
}
