import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { DoorState } from '../core/door'
import { formatClock, formatDuration } from '../core/format'
import { lifetimesOf, limits } from '../core/lifetimes'
import { t } from '../i18n'

/** `ttl` in seconds; left out where the server hasn't told what it allows. */
export interface DoorWish { name: string; password: string; nickname?: string; ttl?: number }
interface Props { door: DoorState; name?: string; onEnter: (wish: DoorWish) => void; onOpen?: (wish: DoorWish) => void }

/** Room name and password: one card to enter a room, or to open one with that name. */
export function Door({ door, name, onEnter, onOpen }: Props) {
  const form = useRef<HTMLFormElement>(null)
  const shut = door.busy.value || door.shutFor.value > 0
  return (
    <form ref={form} class="card door" onSubmit={e => { e.preventDefault(); if (!shut) onEnter(wishOf(form.current!, name)) }}>
      {name ? <h1>{t.enterRoom}</h1> : <h2>{t.enterRoom}</h2>}
      <label>{t.roomName}
        <input name="room" required value={name} readOnly={!!name} autocomplete="username" autocapitalize="none" spellcheck={false} maxLength={64} />
      </label>
      <Password door={door} focus={!!name} />
      <label>{t.nickname}<input name="nickname" autocomplete="nickname" maxLength={40} /></label>
      <Refusal door={door} />
      <button class="main" disabled={shut}>{t.enter}</button>
      {onOpen && (
        <div class="open">
          <Lifetime />
          <button type="button" class="second" disabled={shut} onClick={() => onOpen(wishOf(form.current!, name))}>{t.openRoom}</button>
          <p class="soft small">{t.openHint}</p>
        </div>
      )}
    </form>
  )
}

function wishOf(form: HTMLFormElement, name?: string): DoorWish {
  const written = new FormData(form)
  const nickname = String(written.get('nickname') ?? '').trim()
  const ttl = Number(written.get('ttl') ?? 0)
  return { name: name ?? String(written.get('room')).trim(), password: String(written.get('password')), ...(nickname && { nickname }), ...(ttl && { ttl }) }
}

function Password({ door, focus }: { door: DoorState; focus: boolean }) {
  const shown = useSignal(false)
  const input = useRef<HTMLInputElement>(null)
  const slips = door.slips.value
  // After a slip the text stays and is selected: most slips are one letter, and the rest is typed over.
  useEffect(() => {
    if (slips > 0) input.current?.focus()
    if (slips > 0) input.current?.select()
  }, [slips])
  return (
    <div class="field">
      <label for="password">{t.password}</label>
      <span class="with-button">
        <input id="password" ref={input} name="password" {...({ type: shown.value ? 'text' : 'password' } as { type: 'password' })}
          autocomplete="current-password" autocapitalize="none" spellcheck={false} autofocus={focus} aria-describedby="refusal" aria-invalid={!!door.refusal.value} />
        <button type="button" class="quiet" onClick={() => (shown.value = !shown.value)} aria-controls="password">{shown.value ? t.hide : t.show}</button>
      </span>
    </div>
  )
}

/** Said aloud once; the clock in it runs for the eyes alone. */
function Refusal({ door }: { door: DoorState }) {
  const isShut = door.shutFor.value > 0
  const place = useRef<HTMLParagraphElement>(null)
  // On a phone the card lies below what was dropped.
  useEffect(() => { if (door.refusal.value) place.current?.scrollIntoView({ block: 'nearest' }) }, [door.refusal.value])
  useEffect(() => {
    if (!isShut) return
    const timer = setInterval(() => door.tick(), 250)
    return () => clearInterval(timer)
  }, [isShut])
  return (
    <>
      <p ref={place} class={isShut ? 'sr-only' : 'error'} role="alert" id="refusal">{door.refusal.value}</p>
      {isShut && <p class="error" aria-hidden="true">{t.tooManyTries(formatClock(door.shutFor.value))}</p>}
    </>
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
