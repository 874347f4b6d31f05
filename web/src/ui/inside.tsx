import '../shared'
import { effect, useSignal, type Signal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { apiPath, base, leaveRoom } from '../api/client'
import { formatLeft, formatSize } from '../core/format'
import { persistently } from '../core/later'
import { forgetRoom, passwordOf, rememberRoom } from '../core/memory'
import type { RoomState } from '../core/room'
import { Saver } from '../core/saver'
import { takeWaiting, waiting } from '../core/view'
import { t } from '../i18n'
import type { Picked } from '../upload/drop'
import { noteOf } from '../upload/note'
import type { UploadQueue } from '../upload/queue'
import { DropZone } from './drop-zone'
import type { GoingUpProps } from './going-up'
import { Invitation } from './invitation'
import { lazy } from './lazy'
import { Live } from './live'
import { isNarrow } from './narrow'
import { NoteBox } from './note-box'
import { Notices } from './notices'
import { People } from './people'
import { Table } from './table'

// What nobody needs in the first moment comes behind the first drawing.
const OwnerControls = lazy<{ state: RoomState }>(() => import('./owner-panel').then(module => module.OwnerControls))
const GoingUp = lazy<GoingUpProps>(() => import('./going-up').then(module => module.GoingUp))
const loadEvents = () => persistently(() => import('../core/events'))
const loadUploads = () => persistently(() => import('../upload/start'))

/** The room as its members see it. */
export function Inside({ state }: { state: RoomState }) {
  const room = state.room.value!
  const { queue, bring, saver } = useWorkers(state)
  // Kept while uploads are locked.
  const draft = useSignal<string | null>(null)
  const invitation = { room: room.name, password: passwordOf(room.name, room.password_mark), say: (sentence: string) => state.news.polite.say(sentence) }

  const leave = async () => {
    // Who has left may remove nothing any more.
    await state.settle()
    await leaveRoom(room.name).catch(() => undefined)
    forgetRoom(room.name)
    location.assign(`${base}/`)
  }
  return (
    <main class="room">
      <Header state={state} />
      <Notices state={state} />
      {isNarrow.value && <Invitation {...invitation} folds />}
      <div class="columns">
        <div class="work">
          {room.locked ? <p class="notice">{t.locked}</p> : <Bring state={state} bring={bring} draft={draft} />}
          {queue.value && <GoingUp queue={queue.value} state={state} />}
          <Table state={state} queue={queue} />
        </div>
        <aside>
          {!isNarrow.value && <Invitation {...invitation} />}
          <People state={state} />
          <SaveSwitch saver={saver} />
          {state.isOwner.value && <details class="card owner"><summary>{t.owner}</summary><OwnerControls state={state} /></details>}
          <button class="quiet wide" onClick={leave}>{t.leave}</button>
        </aside>
      </div>
      <Live news={state.news} />
    </main>
  )
}

function Header({ state }: { state: RoomState }) {
  const heading = useRef<HTMLHeadingElement>(null)
  // Who came through the door by keyboard or reader stands at the head of the new view.
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  return (
    <header class="name">
      <h1 ref={heading} tabIndex={-1}><bdi>{state.room.value!.name}</bdi></h1>
      <p>{t.lightOut} <strong role="timer" aria-live="off">{formatLeft(state.msLeft.value)}</strong></p>
    </header>
  )
}

/** Where files and notes come onto the table. */
function Bring({ state, bring, draft }: { state: RoomState; bring: (files: Picked[]) => void; draft: Signal<string | null> }) {
  const hint = t.dropHint(formatSize(state.room.value!.file_size_limit_bytes), formatSize(state.freeBytes.value))
  return (
    <>
      <DropZone title={t.drop} hint={hint} folder onFiles={bring} onText={text => (draft.value = (draft.value ?? '') + text)} />
      <NoteBox draft={draft} onNote={text => bring([noteOf(text, t.note)])} />
    </>
  )
}

const SaveSwitch = ({ saver }: { saver: Saver }) => (
  <label class="card switch">
    <input type="checkbox" role="switch" checked={saver.isOn.value} onChange={e => saver.switch(e.currentTarget.checked)} />
    <span>{t.saveNew}<span class="soft small">{t.saveNewHint}</span></span>
  </label>
)

/** What works for the room while its page is open: events, uploads, and saving. */
function useWorkers(state: RoomState) {
  const room = state.room.value!
  const { name } = room
  const queue = useSignal<UploadQueue | null>(null)
  const started = useMemo(() => loadUploads().then(({ startUploads }) => (queue.value = startUploads(state))), [room.id])
  const bring = (files: Picked[]) => void started.then(uploads => uploads.add(files))
  const saver = useMemo(() => new Saver(file => saveFile(apiPath(name, `/files/${file.id}/content`))), [room.id])

  useEffect(() => rememberRoom({ id: room.id, name, expires_at: state.localEnd }), [room.id, room.expires_at])
  useEffect(() => {
    state.onArrival = file => saver.take(file)
    let stop = () => undefined as void
    let isHere = true
    void loadEvents().then(({ follow }) => { if (isHere) stop = follow(state, name, () => !!queue.value?.views.value.some(v => v.phase === 'uploading')) })
    const stopBringing = effect(() => { if (waiting.value.length > 0) bring(takeWaiting()) })
    return () => {
      isHere = false
      stop()
      stopBringing()
      if (state.stage.value === 'inside') return
      void started.then(uploads => uploads.stop())
      forgetRoom(name)
    }
  }, [room.id])
  return { queue, bring, saver }
}

function saveFile(address: string) {
  const link = document.createElement('a')
  link.href = address
  link.download = ''
  link.click()
}
