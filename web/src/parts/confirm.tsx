import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { reasonOf } from '../client.ts'

interface ConfirmProps {
  readonly title: string
  /** What the button does, as a verb: `Cancel build`. */
  readonly action: string
  readonly run: () => Promise<unknown>
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** Asks before something that cannot be undone; a refusal is shown and the question stays open. */
export function Confirm({ title, action, run, onClose, children }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const busy = useSignal(false)
  const refused = useSignal<string | undefined>(undefined)
  useEffect(() => dialog.current?.showModal(), [])
  const go = async (): Promise<void> => {
    busy.value = true
    refused.value = undefined
    try {
      await run()
      dialog.current?.close()
    } catch (error) {
      refused.value = reasonOf(error)
    }
    busy.value = false
  }
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="confirm-title" onClose={onClose}>
      <h2 id="confirm-title">{title}</h2>
      <div class="dialog-text">{children}</div>
      {refused.value && (
        <p class="callout callout-bad" role="alert">
          {refused.value}
        </p>
      )}
      <div class="dialog-buttons">
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          Keep it
        </button>
        <button type="button" class="button button-danger" disabled={busy.value} onClick={() => void go()}>
          {action}
        </button>
      </div>
    </dialog>
  )
}
