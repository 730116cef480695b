import { useEffect } from 'preact/hooks'
import { route } from './navigation.ts'
import { BuildPage } from './pages/build.tsx'
import { Login } from './pages/login.tsx'
import { Missing } from './pages/missing.tsx'
import { Overview } from './pages/overview.tsx'
import { ProcessPage } from './pages/process.tsx'
import { ProcessesPage } from './pages/processes.tsx'
import { TreePage } from './pages/tree.tsx'
import { Workers } from './pages/workers.tsx'
import { Frame } from './parts/frame.tsx'
import { session } from './session.ts'

const TITLES = {
  overview: 'Builds',
  build: 'Build',
  workers: 'Workers',
  tree: 'Processes',
  processes: 'Processes',
  process: 'Process',
  missing: 'Not found',
}

/** The page: nothing until we know who reads, the login for nobody, else the frame and its route. */
export function App() {
  const { page } = route.value
  useEffect(() => {
    document.title = `${TITLES[page]} · Quorate`
  }, [page])
  if (session.value === 'unknown') return null
  if (session.value === 'nobody') return <Login />
  return (
    <Frame page={page}>
      <Page />
    </Frame>
  )
}

function Page() {
  const at = route.value
  switch (at.page) {
    case 'overview':
      return <Overview filter={at.filter} />
    case 'build':
      return <BuildPage key={at.id} id={at.id} line={at.line} />
    case 'workers':
      return <Workers />
    case 'tree':
      return <TreePage />
    case 'processes':
      return <ProcessesPage filter={at.filter} />
    case 'process':
      return <ProcessPage key={at.pid} pid={at.pid} />
    case 'missing':
      return <Missing path={at.path} />
  }
}
