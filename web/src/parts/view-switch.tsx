import { Icon } from './icon.tsx'

/** The two ways to look at the processes. */
export function ViewSwitch({ here }: { readonly here: 'tree' | 'list' }) {
  return (
    <nav class="switch" aria-label="View">
      <a href="/tree" aria-current={here === 'tree' ? 'page' : undefined}>
        <Icon name="tree" />
        Tree
      </a>
      <a href="/processes" aria-current={here === 'list' ? 'page' : undefined}>
        <Icon name="list" />
        By mailbox
      </a>
    </nav>
  )
}
