/** An address that no page has. */
export function Missing({ path }: { readonly path: string }) {
  return (
    <div class="empty">
      <h1>No such page</h1>
      <p class="muted">
        <code>{path}</code> leads nowhere. <a href="/">Back to the builds</a>
      </p>
    </div>
  )
}
