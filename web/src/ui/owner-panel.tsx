import '../shared'
import { useSignal } from '@preact/signals'
import { changeRoom, closeRoom } from '../api/client'
import { formatDuration, formatTime } from '../core/format'
import { endingsOf, limits } from '../core/lifetimes'
import { rememberPassword } from '../core/memory'
import type { RoomState } from '../core/room'
import { sentenceFor } from '../core/sentences'
import { currentLanguage, t } from '../i18n'
import { ownerMessages } from '../i18n/owner'
import { useKeptFocus } from './kept-focus'

const words = () => ownerMessages[currentLanguage()]

/** Runs what a button does; what came of it is said beside it. */
type Attempt = (act: () => Promise<string>) => Promise<void>

/** What only whoever opened the room may do. */
export function OwnerControls({ state }: { state: RoomState }) {
  const note = useSignal('')
  const room = state.room.value!
  const attempt: Attempt = async act => {
    note.value = ''
    note.value = await act().catch(sentenceFor)
    if (note.value) state.news.polite.say(note.value)
  }
  const change = (wish: { locked?: boolean; door_locked?: boolean }) => attempt(() => changeRoom(room.name, wish).then(() => words().changed))
  return (
    <>
      <Endings state={state} attempt={attempt} />
      <button class="second wide" onClick={() => change({ door_locked: !room.door_locked })}>{room.door_locked ? words().unlockDoor : words().lockDoor}</button>
      <button class="second wide" onClick={() => change({ locked: !room.locked })}>{room.locked ? words().unlock : words().lock}</button>
      <NewPassword room={room.name} attempt={attempt} />
      <Close room={room.name} attempt={attempt} />
      <p class="soft small">{note.value}</p>
    </>
  )
}

/** Both extends and shortens: what is asked for is when the room closes, not how much is added. */
function Endings({ state, attempt }: { state: RoomState; attempt: Attempt }) {
  const ttl = limits.value?.ttl_seconds
  const room = state.room.value!
  const endings = ttl ? endingsOf(room, ttl, state.now.value) : []
  const set = (seconds: number) => attempt(async () => words().closesAt(formatTime((await changeRoom(room.name, { ttl_seconds: seconds })).room.expires_at)))
  if (endings.length === 0) return null
  return (
    <div class="endings" role="group" aria-labelledby="endings">
      <span id="endings">{words().closeIn}</span>
      <div class="chips">{endings.map(n => <button key={n} class="second" onClick={() => set(n)} aria-label={`${words().closeIn} ${formatDuration(n)}`}>{formatDuration(n)}</button>)}</div>
    </div>
  )
}

function NewPassword({ room, attempt }: { room: string; attempt: Attempt }) {
  const change = (e: SubmitEvent) => {
    e.preventDefault()
    const form = e.currentTarget as HTMLFormElement
    const password = String(new FormData(form).get('password'))
    void attempt(async () => {
      const changed = await changeRoom(room, { password })
      rememberPassword(room, password, changed.room.password_mark)
      form.reset()
      return words().changed
    })
  }
  return (
    <form onSubmit={change as never} class="stack">
      <label>{words().newPassword}<input name="password" type="text" minLength={8} required autocomplete="new-password" /></label>
      <button class="second">{words().change}</button>
    </form>
  )
}

function Close({ room, attempt }: { room: string; attempt: Attempt }) {
  const sure = useSignal(false)
  const box = useKeptFocus<HTMLDivElement>()
  if (!sure.value) return <div ref={box}><button class="danger wide" onClick={() => (sure.value = true)}>{words().close}</button></div>
  return (
    <div ref={box} class="sure">
      <p>{words().closeSure}</p>
      {/* A key: else it would be the button that was pressed, under a finger that may still lie on Enter. */}
      <button key="yes" class="danger" onClick={() => attempt(() => closeRoom(room).then(() => ''))}>{words().closeYes}</button>
      <button class="second" onClick={() => (sure.value = false)}>{t.closeNo}</button>
    </div>
  )
}
