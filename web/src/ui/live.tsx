import type { Announcer } from '../core/announcer'

/** The page's two live regions: what happens is said, and what goes wrong is said at once. */
export function Live({ news }: { news: Announcer }) {
  return (
    <>
      <p class="sr-only" role="status">{news.polite.text.value}</p>
      <p class="sr-only" role="alert">{news.assertive.text.value}</p>
    </>
  )
}
