import type { ComponentChildren } from 'preact'
import { CopyButton } from './copy-button.tsx'
import { Icon } from './icon.tsx'

interface PageHeadProps {
  /** The list this page was reached from. */
  readonly back: { readonly href: string; readonly title: string }
  readonly title: string
  /** How it is right now. */
  readonly state: ComponentChildren
  readonly id: string
  /** What the id names, said when it is copied: `build id`. */
  readonly idName: string
  /** What may be done with it. */
  readonly children?: ComponentChildren
}

/** The head of a page about one thing: the way back, its name and state, its id, its actions. */
export function PageHead({ back, title, state, id, idName, children }: PageHeadProps) {
  return (
    <>
      <a class="back" href={back.href}>
        <Icon name="back" />
        {back.title}
      </a>
      <header class="title">
        <div class="title-words">
          <div class="title-line">
            <h1>{title}</h1>
            {state}
          </div>
          <p class="id muted">
            {id}
            <CopyButton text={id} what={idName} />
          </p>
        </div>
        {children}
      </header>
    </>
  )
}
