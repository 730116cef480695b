import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { Mark } from '../parts/icon.tsx'
import { login, loginError } from '../session.ts'

/** Asks for an API key and trades it for a cookie; the key itself is not kept. */
export function Login() {
  const field = useRef<HTMLInputElement>(null)
  const busy = useSignal(false)
  useEffect(() => field.current?.focus(), [])
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    busy.value = true
    await login(field.current?.value ?? '')
    busy.value = false
    field.current?.select()
  }
  return (
    <main class="login">
      <form class="login-card" onSubmit={(event) => void submit(event)}>
        <Mark />
        <h1>Quorate</h1>
        <p class="muted">Sign in with an API key of this server.</p>
        <label for="key">API key</label>
        <input
          ref={field}
          id="key"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          required
        />
        {loginError.value && (
          <p class="callout callout-bad" role="alert">
            {loginError.value}
          </p>
        )}
        <button type="submit" class="button button-main" disabled={busy.value}>
          Sign in
        </button>
        <p class="muted small">
          The first start prints a key. More: <code>quorate key create --name me</code>
        </p>
      </form>
    </main>
  )
}
