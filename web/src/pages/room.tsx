import { useEffect, useMemo } from 'preact/hooks'
import { crowded, getRoom, joinRoom } from '../api/client'
import { ApiError, type Entered } from '../api/types'
import { DoorState } from '../core/door'
import { formatTime } from '../core/format'
import { insistently } from '../core/later'
import { forgetRoom, rememberInvited, rememberPassword, takePastEnd } from '../core/memory'
import { RoomState } from '../core/room'
import { t } from '../i18n'
import { Door } from '../ui/door'
import { EndedCard, RemovedCard } from '../ui/ended'
import { Frame } from '../ui/frame'
import { Inside } from '../ui/inside-lazy'

/** A room: its door until one is in, then its table, and at the end what is left: nothing. */
export function RoomPage({ name, password }: { name: string; password: string }) {
  const state = useMemo(() => new RoomState(), [name])
  const door = useMemo(() => new DoorState(), [name])

  // What is wrong for the moment is told, and asked again: who went to the door for it would come in as another member, and no owner.
  const ask = () => getRoom(name).catch((e: ApiError) => {
    if (['no_session', 'room_ended'].includes(e.code)) return e
    door.refuse(e)
    throw e
  })
  const look = async () => {
    const found = await insistently(ask)
    door.refusal.value = ''
    if (found instanceof ApiError) throw found
    if (password) rememberInvited(found.room.name, password, found.room.password_mark)
    state.takeSnapshot(found, Date.now())
  }
  const begin = async () => {
    try {
      await look()
    } catch (e) {
      // The password of an invitation may open a room that a session can't: a new one of the same name too.
      if (password && (await enter(password))) return
      state.takeRefusal(e)
      if (state.stage.value === 'ended') forgetRoom(name)
      // A server that restarted after the end no longer knows who was in.
      const past = state.stage.value === 'door' ? takePastEnd(name, Date.now()) : null
      if (past && !door.refusal.value) door.refusal.value = t.endedAt(name, formatTime(past))
    }
  }
  const enter = async (secret: string, nickname?: string): Promise<boolean> => {
    const isIn = await door.attempt(async () => {
      const made: Entered = await joinRoom(name, secret, nickname)
      rememberPassword(made.room.name, secret, made.room.password_mark)
      await look()
    })
    if (!isIn) state.stage.value = 'door'
    return isIn
  }

  useEffect(() => {
    Inside.load()
    void begin()
    const timer = setInterval(() => state.tick(Date.now()), 250)
    return () => clearInterval(timer)
  }, [name])

  const stage = state.stage.value
  const shownName = state.room.value?.name ?? name
  useEffect(() => {
    document.title = stage === 'ended' ? t.ended : stage === 'removed' ? t.sentOut : `${shownName} · ${t.product}`
    // It ended, or somebody put this page's member out, while neither could be told.
    if (stage === 'door' && state.room.value && !door.refusal.value) door.refusal.value = t.noLongerIn
  }, [stage])

  return (
    <Frame share={stage === 'ended' ? 0 : state.share.value} people={stage === 'inside' ? state.presentCount.value : 0}>
      {stage === 'door' && <main class="home narrow"><Door door={door} name={name} onEnter={wish => void enter(wish.password, wish.nickname)} /></main>}
      {stage === 'inside' && <Inside state={state} />}
      {stage === 'ended' && <EndedCard name={shownName} ended={state.ended.value!} room={state.room.value} />}
      {stage === 'removed' && <RemovedCard name={shownName} by={state.removedBy.value} />}
      {stage === 'loading' && <main class="name" aria-busy={!door.refusal.value}><h1 class={crowded.value || door.refusal.value ? '' : 'sr-only'}><bdi>{name}</bdi></h1><p role="alert">{door.refusal.value}</p></main>}
    </Frame>
  )
}
