import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { base } from '../api/client'
import type { Ended, Room } from '../api/types'
import { formatTime } from '../core/format'
import { t } from '../i18n'
import { lazy } from './lazy'

const ReceiptNote = lazy<{ name: string }>(() => import('./receipt').then(module => module.ReceiptNote))

/** What is left of a room: that it is over, since when, and what was erased. */
export function EndedCard({ name, ended, room }: { name: string; ended: Ended; room: Room | null }) {
  return (
    <Last title={t.ended} goOn={t.newRoom}>
      <p>{ended.ended_at ? t.endedAt(name, formatTime(ended.ended_at)) : t.endedBefore(name)}</p>
      {room && isEarly(ended, room) && <p class="soft">{t.closedByOwner}</p>}
      <ReceiptNote name={name} />
    </Last>
  )
}

/** Before its time a room is ended by its owner alone. */
const isEarly = (ended: Ended, room: Room) =>
  ended.reason === 'closed' && !!ended.ended_at && Date.parse(ended.ended_at) < Date.parse(room.expires_at) - 1000

/** What a member sees whom the owner has removed. */
export const RemovedCard = ({ name, by }: { name: string; by: string }) => (
  <Last title={t.sentOut} goOn={t.firstPage}>
    <p>{by ? t.sentOutBy(by, name) : t.sentOutOf(name)}</p>
  </Last>
)

function Last({ title, goOn, children }: { title: string; goOn: string; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <main class="home narrow">
      <section class="card over" role="alert">
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        {children}
        <a class="button main" href={`${base}/`}>{goOn}</a>
      </section>
    </main>
  )
}
