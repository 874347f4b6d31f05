import { useSignal } from '@preact/signals'
import { changeRoom, closeRoom } from '../api/client'
import { ApiError } from '../api/types'
import { rememberPassword } from '../core/memory'
import type { RoomState } from '../core/room'
import { sentenceOf, t } from '../i18n/en'

const lifetimes = [5, 30, 60, 240]

/** What only whoever opened the room may do. */
export function OwnerPanel({ state }: { state: RoomState }) {
  const note = useSignal('')
  const sure = useSignal(false)
  const room = state.room.value!
  const attempt = async (act: () => Promise<unknown>) => {
    note.value = ''
    try {
      await act()
      note.value = t.changed
    } catch (e) {
      note.value = e instanceof ApiError ? sentenceOf(e.code) : sentenceOf('unavailable')
    }
  }
  const setPassword = (e: SubmitEvent) => {
    e.preventDefault()
    const form = e.currentTarget as HTMLFormElement
    const password = String(new FormData(form).get('password'))
    void attempt(async () => {
      await changeRoom(room.name, { password })
      rememberPassword(room.name, password)
      form.reset()
    })
  }
  return (
    <details class="card owner">
      <summary>{t.owner}</summary>
      <div class="chips">{lifetimes.map(n => <button key={n} class="second" onClick={() => attempt(() => changeRoom(room.name, { ttl_seconds: n * 60 }))}>{t.longer(t.minutes(n))}</button>)}</div>
      <button class="second" onClick={() => attempt(() => changeRoom(room.name, { locked: !room.locked }))}>{room.locked ? t.unlock : t.lock}</button>
      <form onSubmit={setPassword as never} class="with-button">
        <label class="grow">{t.newPassword}<input name="password" type="text" minLength={8} required autocomplete="new-password" /></label>
        <button class="second">{t.change}</button>
      </form>
      {sure.value
        ? <p class="sure">{t.closeSure} <button class="danger" onClick={() => attempt(() => closeRoom(room.name))}>{t.closeYes}</button></p>
        : <button class="danger" onClick={() => (sure.value = true)}>{t.close}</button>}
      <p class="soft small" role="status">{note.value}</p>
    </details>
  )
}
