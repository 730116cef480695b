import { useEffect } from 'preact/hooks'
import { route } from './navigation.ts'
import { BuildPage } from './pages/build.tsx'
import { Login } from './pages/login.tsx'
import { Missing } from './pages/missing.tsx'
import { Overview } from './pages/overview.tsx'
import { TreePage } from './pages/tree.tsx'
import { Workers } from './pages/workers.tsx'
import { Frame } from './parts/frame.tsx'
import { session } from './session.ts'

const TITLES = {
  overview: 'Builds',
  build: 'Build',
  workers: 'Workers',
  tree: 'Processes',
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
    case 'missing':
      return <Missing path={at.path} />
  }
}
