import { client } from '../client.ts'
import { Confirm } from './confirm.tsx'

interface KillQuestionProps {
  readonly pid: string
  readonly title: string
  /** A supervisor ends with everything below it. */
  readonly takesOthers: boolean
  readonly onClose: () => void
}

/** Asks before a process is killed. */
export function KillQuestion({ pid, title, takesOthers, onClose }: KillQuestionProps) {
  return (
    <Confirm
      title={`Kill ${title}?`}
      action="Kill this process"
      run={() => client.node.kill(pid)}
      onClose={onClose}
    >
      <p>
        <span class="mono">{pid}</span> ends at once, without a chance to tidy up. Its supervisor starts it
        again{takesOthers && ', and with it everything below it'}. Nothing that was acknowledged is lost.
      </p>
    </Confirm>
  )
}
