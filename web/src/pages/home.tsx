import { useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { createRoom, joinRoom, roomPath, type CreateWish } from '../api/client'
import type { Entered } from '../api/types'
import { DoorState } from '../core/door'
import { formatLeft } from '../core/format'
import { forgetRoom, recentRooms, rememberPassword, rememberRoom } from '../core/memory'
import { goToRoom, takeShared, waiting } from '../core/view'
import { t } from '../i18n'
import { Door, type DoorWish } from '../ui/door'
import { DropZone } from '../ui/drop-zone'
import { Frame } from '../ui/frame'
import { useKeptFocus } from '../ui/kept-focus'
import type { Picked } from '../upload/drop'
import { noteOf } from '../upload/note'

/** The first page: drop files and a room opens, or go through the door of one. */
export function Home() {
  const door = useMemo(() => new DoorState(), [])
  /** What goes along into the room: more may be dropped while it is being opened, and what failed to goes with the next try. */
  const bring = useRef<Picked[]>([])
  const role = useRef('')
  const go = (ask: () => Promise<Entered>, password = '') => door.attempt(async () => {
    const made = await ask()
    role.current = made.session.role
    enter(made, password, bring.current)
  })
  const open = (wish: CreateWish) => go(() => createRoom(wish), wish.password)
  const join = (wish: DoorWish) => {
    bring.current = []
    return go(() => joinRoom(wish.name, wish.password, wish.nickname), wish.password)
  }
  const openWith = (files: Picked[]) => {
    // A folder takes its time to be read: it goes into the room that was opened meanwhile, and not into one that was entered.
    if (role.current) return role.current === 'owner' ? void (waiting.value = [...waiting.value, ...files]) : undefined
    bring.current = [...bring.current, ...files]
    if (!door.busy.value) void open({})
  }
  const openWithText = (text: string) => openWith([noteOf(text, t.note)])

  useEffect(() => {
    const shared = takeShared()
    if (shared) openWithText(shared)
  }, [])
  return (
    <Frame share={1}>
      <main class="home">
        <section class="pitch">
          <h1>{t.headline[0]}<br />{t.headline[1]}</h1>
          <p class="lead">{t.lead}</p>
          <DropZone title={t.dropHome} hint={t.dropHomeHint} busy={door.busy.value} onFiles={openWith} onText={openWithText} />
          <Recent />
        </section>
        <Door door={door} onEnter={join} onOpen={wish => void open(wishedRoom(wish))} />
      </main>
    </Frame>
  )
}

function enter(made: Entered, password: string, files: Picked[]) {
  const { id, name, expires_at } = made.room
  rememberPassword(name, made.password ?? password, made.room.password_mark)
  rememberRoom({ id, name, expires_at })
  goToRoom(name, roomPath(name), files)
}

/** What is left empty is made up by the server. */
const wishedRoom = ({ name, password, nickname, ttl }: DoorWish): CreateWish =>
  ({ ...(name && { name }), ...(password && { password }), ...(nickname && { nickname }), ...(ttl && { ttl_seconds: ttl }) })

/** Where this device has been, until it closes or is forgotten. */
function Recent() {
  const rooms = useSignal(recentRooms(Date.now()))
  const look = () => { rooms.value = recentRooms(Date.now()) }
  const box = useKeptFocus<HTMLElement>()
  useEffect(() => {
    const timer = setInterval(look, 15_000)
    return () => clearInterval(timer)
  }, [])
  if (rooms.value.length === 0) return null
  return (
    <section ref={box} class="recent" aria-label={t.recent}>
      <h2>{t.recent}</h2>
      <ul>
        {rooms.value.map(({ name, expires_at }) => (
          <li key={name}>
            <a href={roomPath(name)}><bdi>{name}</bdi></a>
            <time class="soft" dateTime={expires_at}>{formatLeft(Date.parse(expires_at) - Date.now())}</time>
            <button class="quiet" onClick={() => { forgetRoom(name); look() }} aria-label={`${t.forget} ${name}`}>{t.forget}</button>
          </li>
        ))}
      </ul>
    </section>
  )
}
