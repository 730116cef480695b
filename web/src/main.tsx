import './jitless.ts'
import { render } from 'preact'
import { App } from './app.tsx'
import { startBuilds } from './builds.ts'
import { startHistory } from './history.ts'
import { startLive } from './live.ts'
import { startNavigation } from './navigation.ts'
import { startTicking } from './now.ts'
import { startWatchingProcesses } from './processes.ts'
import { resumeSession } from './session.ts'
import { followSystemTheme } from './theme.ts'
import './styles/index.css'

const root = document.getElementById('root')
if (root) {
  followSystemTheme()
  startTicking()
  startNavigation()
  startBuilds()
  startHistory()
  startWatchingProcesses()
  startLive()
  render(<App />, root)
  void resumeSession()
  // A key link opened in a page that is there already changes nothing but the fragment.
  addEventListener('hashchange', () => {
    if (location.hash.startsWith('#key=')) void resumeSession()
  })
}
