/** Our own line icons, drawn on a 16 by 16 grid. */
const SHAPES = {
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.2v1.4M8 13.4v1.4M1.2 8h1.4M13.4 8h1.4M3.2 3.2l1 1M11.8 11.8l1 1M3.2 12.8l1-1M11.8 4.2l1-1',
  moon: 'M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6a5.8 5.8 0 1 0 7 7',
  copy: 'M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1',
  check: 'M3 8.5l3.2 3.2L13 4.8',
  cross: 'M4 4l8 8M12 4l-8 8',
  download: 'M8 2v8.2M4.6 7l3.4 3.4L11.4 7M2.8 13.4h10.4',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.4 10.4l3.2 3.2',
  up: 'M3.5 10L8 5.5l4.5 4.5',
  down: 'M3.5 6L8 10.5 12.5 6',
  back: 'M9.8 3.5L5.3 8l4.5 4.5',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2v9.6L12.6 8z',
  follow: 'M8 2.5v8M4.5 7.2L8 10.7l3.5-3.5M3 13.5h10',
  open: 'M6.5 3.5h-3v9h9v-3M9.5 2.5h4v4M13.2 2.8L7.6 8.4',
  leave: 'M6.5 2.5h-4v11h4M6.5 8h7M10.6 5.2L13.4 8l-2.8 2.8',
  tree: 'M2.5 2.5h4v4h-4zM9.5 9.5h4v4h-4zM4.5 6.5v5h5',
  list: 'M2.5 4h11M2.5 8h8M2.5 12h5',
  refresh: 'M13 8a5 5 0 1 1-1.6-3.7M13.2 2.2v3h-3',
  bolt: 'M9 1.8L3.4 9h4L7 14.2 12.6 7h-4z',
} as const

export type IconName = keyof typeof SHAPES

/** Decoration only: the control around it carries the words. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={SHAPES[name]} />
    </svg>
  )
}

/** Five members, three agree: a quorum. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <circle class="mark-on" cx="16" cy="6.5" r="4.1" />
      <circle class="mark-on" cx="25.5" cy="13.4" r="4.1" />
      <circle class="mark-off" cx="21.9" cy="24.6" r="4.1" />
      <circle class="mark-off" cx="10.1" cy="24.6" r="4.1" />
      <circle class="mark-on" cx="6.5" cy="13.4" r="4.1" />
    </svg>
  )
}
