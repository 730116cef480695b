import { signal } from '@preact/signals'

export type Theme = 'light' | 'dark'

const STORED = 'quorate.theme'
const prefersDark = matchMedia('(prefers-color-scheme: dark)')

/** The theme on show: the reader's choice, else the system's. */
export const theme = signal<Theme>(current())

/** Switches between light and dark and remembers the choice. */
export function switchTheme(): void {
  const next: Theme = theme.value === 'dark' ? 'light' : 'dark'
  document.documentElement.dataset['theme'] = next
  localStorage.setItem(STORED, next)
  theme.value = next
}

/** Keeps up with the system while the reader has chosen nothing. */
export function followSystemTheme(): void {
  prefersDark.addEventListener('change', () => {
    theme.value = current()
  })
}

/** `theme.js` has put an earlier choice on the document before this runs. */
function current(): Theme {
  const chosen = document.documentElement.dataset['theme']
  if (chosen === 'light' || chosen === 'dark') return chosen
  return prefersDark.matches ? 'dark' : 'light'
}
