import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { changeRoom } from '../api/client'
import { isClosing } from '../core/closing'
import { formatDuration } from '../core/format'
import { endingsOf, limits } from '../core/lifetimes'
import type { RoomState } from '../core/room'
import { sentenceFor } from '../core/sentences'
import { t } from '../i18n'
import { useKeptFocus } from './kept-focus'

/** What is the matter with the whole room. The live regions say it as well, each thing once. */
export function Notices({ state }: { state: RoomState }) {
  const room = state.room.value!
  const isOnline = navigator.onLine
  const box = useKeptFocus<HTMLDivElement>()
  useLinkNews(state, !isOnline ? t.offline : state.connected.value ? '' : t.lookingForServer)
  return (
    <div class="notices" ref={box}>
      {!isOnline && <p class="notice">{t.offline}</p>}
      {isOnline && !state.connected.value && <p class="notice">{t.lookingForServer}<button class="quiet" onClick={() => state.tryNow()}>{t.tryNow}</button></p>}
      {room.door_locked && <p class="notice">{t.doorLocked}</p>}
      {isClosing(state.msLeft.value, state.share.value) && <Closing state={state} />}
    </div>
  )
}

/** Says that the server is away, and that it is back. */
function useLinkNews(state: RoomState, trouble: string) {
  const before = useRef('')
  useEffect(() => {
    if (trouble) state.news.polite.say(trouble)
    else if (before.current) state.news.polite.say(t.connectedAgain)
    before.current = trouble
  }, [trouble])
}

function Closing({ state }: { state: RoomState }) {
  const error = useSignal('')
  const longer = state.isOwner.value ? longerThan(state) : 0
  const keepOpen = async () => {
    error.value = ''
    await changeRoom(state.room.value!.name, { ttl_seconds: longer })
      .then(() => state.news.polite.say(t.minutesLeft(Math.round(longer / 60))), e => state.news.assertive.say((error.value = sentenceFor(e))))
  }
  return (
    <p class="notice warm">
      {t.minutesLeft(Math.ceil(state.msLeft.value / 60_000))}
      {longer > 0 && <button class="quiet" onClick={keepOpen}>{t.longer(formatDuration(longer))}</button>}
      {error.value && <span class="error">{error.value}</span>}
    </p>
  )
}

/** Half an hour, or what is allowed of it, in seconds; 0 where nothing allowed is longer than what is left. */
function longerThan(state: RoomState): number {
  const ttl = limits.value?.ttl_seconds
  const allowed = ttl ? endingsOf(state.room.value!, ttl, state.now.value) : []
  return allowed.filter(s => s <= 1800 && s * 1000 > state.msLeft.value).at(-1) ?? 0
}
