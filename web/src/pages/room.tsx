import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { base, changeRoom, getRoom, joinRoom, leaveRoom } from '../api/client'
import type { Entered } from '../api/types'
import { follow } from '../core/events'
import { formatDuration, formatLeft, formatSize, formatTime } from '../core/format'
import { forgetRoom, passwordOf, rememberPassword, rememberRoom, takePastEnd } from '../core/memory'
import { endingsOf, limits } from '../core/lifetimes'
import { RoomState } from '../core/room'
import { sentenceFor } from '../core/sentences'
import { t } from '../i18n'
import { Door } from '../ui/door'
import { DropZone } from '../ui/drop-zone'
import { EndedCard } from '../ui/ended'
import { Frame } from '../ui/frame'
import { Invitation } from '../ui/invitation'
import { OwnerPanel } from '../ui/owner-panel'
import { Table } from '../ui/table'
import { GoingUp } from '../ui/going-up'
import { UploadQueue } from '../upload/queue'
import { takeWaiting } from '../core/view'
import { isNarrow } from '../ui/narrow'

/** A room: its door until one is in, then its table, and at the end what is left: nothing. */
export function RoomPage({ name, password }: { name: string; password: string }) {
  const state = useMemo(() => new RoomState(), [name])
  const error = useSignal('')
  const busy = useSignal(false)

  const begin = async () => {
    try {
      state.takeSnapshot(await getRoom(name), Date.now())
    } catch (e) {
      // The password of an invitation may open a room that a session can't: a new one of the same name too.
      if (password && (await enter(password))) return
      if (!state.takeRefusal(e)) {
        state.stage.value = 'door'
        error.value ||= sentenceFor(e)
      }
      // A server that restarted after the end no longer knows who was in.
      const past = state.stage.value === 'door' ? takePastEnd(name, Date.now()) : null
      if (past) error.value ||= t.endedAt(name, formatTime(past))
    }
  }
  const enter = async (secret: string, nickname?: string): Promise<boolean> => {
    busy.value = true
    error.value = ''
    try {
      const made: Entered = await joinRoom(name, secret, nickname)
      rememberPassword(made.room.name, secret)
      state.takeSnapshot(await getRoom(name), Date.now())
    } catch (e) {
      state.stage.value = 'door'
      error.value = sentenceFor(e)
    }
    busy.value = false
    return state.stage.value === 'inside'
  }

  useEffect(() => {
    if (password) rememberPassword(name, password)
    void begin()
    const timer = setInterval(() => state.tick(Date.now()), 250)
    return () => clearInterval(timer)
  }, [name])

  const stage = state.stage.value
  useEffect(() => {
    document.title = stage === 'ended' ? t.ended : `${state.room.value?.name ?? name} · ${t.product}`
  }, [stage])

  return (
    <Frame share={stage === 'ended' ? 0 : state.share.value} people={stage === 'inside' ? state.presentCount.value : 0} said={state.said.value}>
      {stage === 'door' && <main class="home narrow"><Door name={name} error={error.value} busy={busy.value} onEnter={wish => enter(wish.password, wish.nickname)} /></main>}
      {stage === 'inside' && <Inside state={state} />}
      {stage === 'ended' && <EndedCard name={state.room.value?.name ?? name} ended={state.ended.value!} />}
      {stage === 'loading' && <main class="home narrow" aria-busy="true" />}
    </Frame>
  )
}

function Inside({ state }: { state: RoomState }) {
  const room = state.room.value!
  const name = room.name
  const queue = useMemo(() => new UploadQueue(name, room.id, file => (state.said.value = t.done(file))), [room.id])
  const secret = passwordOf(name)

  useEffect(() => rememberRoom({ name, expires_at: room.expires_at }), [room.id, room.expires_at])
  useEffect(() => {
    const stop = follow(state, name)
    queue.add(takeWaiting())
    return () => {
      stop()
      if (state.stage.value === 'ended') {
        queue.stop()
        forgetRoom(name)
      }
    }
  }, [room.id])

  const leave = async () => {
    await leaveRoom(name).catch(() => undefined)
    forgetRoom(name)
    location.assign(`${base}/`)
  }
  const free = Math.max(0, room.size_limit_bytes - room.used_bytes)
  return (
    <main class="room">
      <header class="name">
        <h1 tabIndex={-1}>{name}</h1>
        <p>{t.lightOut} <strong role="timer" aria-live="off">{formatLeft(state.msLeft.value)}</strong></p>
      </header>
      <Notices state={state} />
      {isNarrow.value && <Invitation room={name} password={secret} folds />}
      <div class="columns">
        <div class="work">
          {room.locked ? <p class="notice">{t.locked}</p> : <DropZone title={t.drop} hint={t.dropHint(formatSize(room.file_size_limit_bytes), formatSize(free))} folder onFiles={files => queue.add(files)} />}
          <GoingUp queue={queue} files={state.files.value} now={state.now.value} />
          <Table state={state} ownUploads={queue} />
        </div>
        <aside>
          {!isNarrow.value && <Invitation room={name} password={secret} />}
          {state.isOwner.value && <OwnerPanel state={state} />}
          <button class="quiet wide" onClick={leave}>{t.leave}</button>
        </aside>
      </div>
    </main>
  )
}

function Notices({ state }: { state: RoomState }) {
  const error = useSignal('')
  const minutes = Math.ceil(state.msLeft.value / 60_000)
  const longer = state.isOwner.value ? longerThan(state) : 0
  const keepOpen = async () => {
    error.value = ''
    await changeRoom(state.room.value!.name, { ttl_seconds: longer }).catch(e => (error.value = sentenceFor(e)))
  }
  return (
    <div role="status" class="notices">
      {!navigator.onLine && <p class="notice">{t.offline}</p>}
      {navigator.onLine && !state.connected.value && <p class="notice">{t.lookingForServer}</p>}
      {minutes > 0 && minutes <= 5 && state.share.value < 0.5 && (
        <p class="notice warm">
          {t.minutesLeft(minutes)}
          {longer > 0 && <button class="quiet" onClick={keepOpen}>{t.longer(formatDuration(longer))}</button>}
          {error.value && <span class="error" role="alert">{error.value}</span>}
        </p>
      )}
    </div>
  )
}

/** Half an hour, or what is allowed of it, in seconds; 0 where nothing allowed is longer than what is left. */
function longerThan(state: RoomState): number {
  const ttl = limits.value?.ttl_seconds
  const allowed = ttl ? endingsOf(state.room.value!, ttl, state.now.value) : []
  return allowed.filter(s => s <= 1800 && s * 1000 > state.msLeft.value).at(-1) ?? 0
}
