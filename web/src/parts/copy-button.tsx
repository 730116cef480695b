import { useSignal } from '@preact/signals'
import { Icon } from './icon.tsx'

const SHOWN_MS = 1_500

/** Copies a text; `what` names it for those who cannot see the icon. */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const copied = useSignal(false)
  const copy = async (): Promise<void> => {
    copied.value = await copyText(text)
    setTimeout(() => {
      copied.value = false
    }, SHOWN_MS)
  }
  return (
    <button
      type="button"
      class="icon-button"
      title={`Copy ${what}`}
      aria-label={`Copy ${what}`}
      onClick={() => void copy()}
    >
      <Icon name={copied.value ? 'check' : 'copy'} />
      <span class="hidden" role="status">
        {copied.value ? 'Copied' : ''}
      </span>
    </button>
  )
}

/** The clipboard needs https or localhost; on a plain-http address the old way still works. */
async function copyText(text: string): Promise<boolean> {
  if (isSecureContext) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    )
  }
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  // oxlint-disable-next-line typescript/no-deprecated -- browsers offer nothing else without https
  const done = document.execCommand('copy')
  area.remove()
  return done
}
