import type { ComponentChildren } from 'preact'
import { connection } from '../live.ts'
import type { Route } from '../route.ts'
import { logout, session } from '../session.ts'
import { switchTheme, theme } from '../theme.ts'
import { Icon, Mark } from './icon.tsx'

/** The pages that the link Processes stands for. */
const PROCESSES: readonly Route['page'][] = ['tree', 'processes', 'process']

interface FrameProps {
  readonly page: Route['page']
  readonly children: ComponentChildren
}

/** Header, navigation and banner around every page. */
export function Frame({ page, children }: FrameProps) {
  return (
    <>
      <a class="skip" href="#content">
        Skip to content
      </a>
      <header class="top">
        <div class="top-inner">
          <a class="brand" href="/">
            <Mark />
            Quorate
          </a>
          <nav aria-label="Pages">
            <NavLink to="/" here={page === 'overview' || page === 'build'} words="Builds" />
            <NavLink to="/workers" here={page === 'workers'} words="Workers" />
            <NavLink to="/tree" here={PROCESSES.includes(page)} words="Processes" />
          </nav>
          <Tools />
        </div>
      </header>
      <Banner />
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </>
  )
}

function NavLink({
  to,
  here,
  words,
}: {
  readonly to: string
  readonly here: boolean
  readonly words: string
}) {
  return (
    <a href={to} aria-current={here ? 'page' : undefined}>
      {words}
    </a>
  )
}

function Tools() {
  const other = theme.value === 'dark' ? 'light' : 'dark'
  const who = typeof session.value === 'object' ? session.value.name : ''
  return (
    <div class="tools">
      <span class={`link-state link-${connection.value}`} title={`Events: ${connection.value}`}>
        <span class="dot" />
        {connection.value}
      </span>
      <button type="button" class="icon-button" onClick={switchTheme} title={`Use the ${other} theme`}>
        <Icon name={theme.value === 'dark' ? 'sun' : 'moon'} />
        <span class="hidden">Use the {other} theme</span>
      </button>
      <button
        type="button"
        class="icon-button"
        onClick={() => void logout()}
        title={`Sign out (key “${who}”)`}
      >
        <Icon name="leave" />
        <span class="hidden">Sign out, key {who}</span>
      </button>
    </div>
  )
}

function Banner() {
  return (
    <div role="status" class="banner-place">
      {connection.value === 'lost' && (
        <p class="banner">
          <span class="spinner" />
          The server does not answer. What you see may be old; reconnecting…
        </p>
      )}
    </div>
  )
}
