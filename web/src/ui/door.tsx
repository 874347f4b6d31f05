import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { formatDuration } from '../core/format'
import { lifetimesOf, limits } from '../core/lifetimes'
import { t } from '../i18n'

/** `ttl` in seconds; left out where the server hasn't told what it allows. */
export interface DoorWish { name: string; password: string; nickname?: string; ttl?: number }
interface Props { name?: string; error: string; busy: boolean; onEnter: (wish: DoorWish) => void; onOpen?: (wish: DoorWish) => void }

/** Room name and password: one card to enter a room, or to open one with that name. */
export function Door({ name, error, busy, onEnter, onOpen }: Props) {
  const shown = useSignal(false)
  const password = useRef<HTMLInputElement>(null)
  const form = useRef<HTMLFormElement>(null)
  // After a refusal the text stays and is selected: most slips are one letter.
  useEffect(() => { if (error) password.current?.select() }, [error])

  const wish = (): DoorWish => {
    const data = new FormData(form.current!)
    const nickname = String(data.get('nickname') ?? '').trim()
    const ttl = Number(data.get('ttl') ?? 0)
    return { name: name ?? String(data.get('room')).trim(), password: String(data.get('password')), ...(nickname && { nickname }), ...(ttl && { ttl }) }
  }
  return (
    <form ref={form} class="card door" onSubmit={e => { e.preventDefault(); onEnter(wish()) }}>
      {name ? <h1>{t.enterRoom}</h1> : <h2>{t.enterRoom}</h2>}
      <label>{t.roomName}
        <input name="room" required value={name} readOnly={!!name} autocomplete="username" autocapitalize="none" spellcheck={false} maxLength={64} />
      </label>
      <div class="field">
        <label for="password">{t.password}</label>
        <span class="with-button">
          <input id="password" ref={password} name="password" {...({ type: shown.value ? 'text' : 'password' } as { type: 'password' })} autocomplete="current-password" autofocus={!!name} />
          <button type="button" class="quiet" onClick={() => (shown.value = !shown.value)} aria-pressed={shown.value}>{shown.value ? t.hide : t.show}</button>
        </span>
      </div>
      <label>{t.nickname}<input name="nickname" autocomplete="nickname" maxLength={40} /></label>
      <p class="error" role="alert">{error}</p>
      <button class="main" disabled={busy}>{t.enter}</button>
      {onOpen && (
        <div class="open">
          <Lifetime />
          <button type="button" class="second" disabled={busy} onClick={() => onOpen(wish())}>{t.openRoom}</button>
          <p class="soft small">{t.openHint}</p>
        </div>
      )}
    </form>
  )
}

/** How long a new room is to stay open, as far as the server allows. */
function Lifetime() {
  const ttl = limits.value?.ttl_seconds
  return (
    <label class="inline">{t.lifetime}
      <select name="ttl" disabled={!ttl}>
        {ttl ? lifetimesOf(ttl).map(n => <option key={n} value={n} selected={n === ttl.default}>{formatDuration(n)}</option>) : <option>{t.lifetimeUnknown}</option>}
      </select>
    </label>
  )
}
