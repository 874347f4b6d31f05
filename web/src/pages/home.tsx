import { useSignal } from '@preact/signals'
import { createRoom, joinRoom, roomPath, type CreateWish } from '../api/client'
import type { Entered } from '../api/types'
import { forgetRoom, recentRooms, rememberPassword, rememberRoom } from '../core/memory'
import { sentenceFor } from '../core/sentences'
import { t } from '../i18n'
import { Door, type DoorWish } from '../ui/door'
import { DropZone } from '../ui/drop-zone'
import { Frame } from '../ui/frame'
import { goToRoom } from '../core/view'
import type { Picked } from '../upload/drop'
import { formatLeft } from '../core/format'

function enter(made: Entered, password: string) {
  rememberPassword(made.room.name, password)
  rememberRoom({ name: made.room.name, expires_at: made.room.expires_at })
}

/** The first page: drop files and a room opens, or go through the door of one. */
export function Home() {
  const error = useSignal('')
  const busy = useSignal(false)

  const attempt = async (act: () => Promise<void>) => {
    busy.value = true
    error.value = ''
    try {
      await act()
    } catch (e) {
      error.value = sentenceFor(e)
    }
    busy.value = false
  }
  const open = (wish: CreateWish, files: Picked[]) =>
    attempt(async () => {
      const made = await createRoom(wish)
      enter(made, made.password ?? wish.password ?? '')
      goToRoom(made.room.name, roomPath(made.room.name), files)
    })
  const join = (wish: DoorWish) =>
    attempt(async () => {
      enter(await joinRoom(wish.name, wish.password, wish.nickname), wish.password)
      goToRoom(wish.name, roomPath(wish.name), [])
    })
  const openNamed = (wish: DoorWish) =>
    open({ ...(wish.name && { name: wish.name }), ...(wish.password && { password: wish.password }), ...(wish.nickname && { nickname: wish.nickname }), ...(wish.ttl && { ttl_seconds: wish.ttl }) }, [])

  return (
    <Frame share={1}>
      <main class="home">
        <section class="pitch">
          <h1>{t.headline[0]}<br />{t.headline[1]}</h1>
          <p class="lead">{t.lead}</p>
          <DropZone title={t.dropHome} hint={t.dropHomeHint} busy={busy.value} onFiles={files => open({}, files)} />
          <Recent />
        </section>
        <Door error={error.value} busy={busy.value} onEnter={join} onOpen={openNamed} />
      </main>
    </Frame>
  )
}

function Recent() {
  const rooms = useSignal(recentRooms(Date.now()))
  if (rooms.value.length === 0) return null
  return (
    <section class="recent" aria-label={t.recent}>
      <h2>{t.recent}</h2>
      <ul>
        {rooms.value.map(room => (
          <li key={room.name}>
            <a href={roomPath(room.name)}>{room.name}</a> <span class="soft">{formatLeft(Date.parse(room.expires_at) - Date.now())}</span>
            <button class="quiet" onClick={() => { forgetRoom(room.name); rooms.value = recentRooms(Date.now()) }} aria-label={`${t.forget} ${room.name}`}>{t.forget}</button>
          </li>
        ))}
      </ul>
    </section>
  )
}
