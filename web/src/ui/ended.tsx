import { useEffect, useRef } from 'preact/hooks'
import { base } from '../api/client'
import type { Ended } from '../api/types'
import { formatTime } from '../core/format'
import { t } from '../i18n'

/** What is left of a room: that it is over, and since when. */
export function EndedCard({ name, ended }: { name: string; ended: Ended }) {
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  return (
    <main class="home narrow">
      <section class="card over" role="alert">
        <h1 ref={title} tabIndex={-1}>{t.ended}</h1>
        <p>{ended.ended_at ? t.endedAt(name, formatTime(ended.ended_at)) : t.endedBefore(name)}</p>
        <a class="button main" href={`${base}/`}>{t.newRoom}</a>
      </section>
    </main>
  )
}
