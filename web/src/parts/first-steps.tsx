import { Command } from './command.tsx'

/** What to do on a server where nothing was built yet. */
export function FirstSteps() {
  return (
    <section class="empty first-steps">
      <h1>Nothing built yet</h1>
      <p class="muted">
        Two commands make the first build. Both take the key you signed in with from{' '}
        <code>QUORATE_API_KEY</code>.
      </p>
      <ol class="steps">
        <li>
          <h2>Start a worker, on this machine or any other</h2>
          <Command
            text={`quorate worker --url ${location.origin} --platform linux --exec "npm ci && npm test && npm pack" --artifact "*.tgz"`}
          />
        </li>
        <li>
          <h2>Submit a directory</h2>
          <Command text={`quorate build submit . --url ${location.origin} --platform linux --watch`} />
        </li>
      </ol>
    </section>
  )
}
