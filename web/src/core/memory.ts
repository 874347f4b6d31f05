// What this device keeps of its rooms: names until they close, and for the tab's life the password it came in with. Where nothing can
// be kept that costs the list, and after a reload the password in the invitation.
import { signal } from '@preact/signals'
import { tried } from './tried'

/** `expires_at` by this device's clock, as far as it has been compared with the server's; the mark of the password it came in with. */
export interface RecentRoom { id: string; name: string; expires_at: string; mark?: string }
const key = 'fleeting-rooms'

const read = () => tried(() => JSON.parse(localStorage.getItem(key) ?? '[]') as RecentRoom[], [])
const write = (rooms: RecentRoom[]) => tried(() => localStorage.setItem(key, JSON.stringify(rooms.slice(0, 20))), undefined)
const isCalled = (name: string) => (room: RecentRoom) => room.name.toLowerCase() === name.toLowerCase()

export const recentRooms = (now: number) => read().filter(r => Date.parse(r.expires_at) > now)
export function rememberRoom(room: RecentRoom) {
  const mark = recall(markKey(room.name)) || read().find(r => r.id === room.id)?.mark
  write([{ ...room, ...(mark && { mark }) }, ...read().filter(r => r.name !== room.name)])
}
/** When a room of this device was to end, if that is past. Told once: the name may be another room's by now. */
export function takePastEnd(name: string, now: number): string | null {
  const past = read().find(r => isCalled(name)(r) && Date.parse(r.expires_at) <= now)
  if (past) forgetRoom(past.name)
  return past?.expires_at ?? null
}
export const forgetRoom = (name: string) => write(read().filter(r => !isCalled(name)(r)))

/** Forgets the rooms that are over, and tells the ids of the others. Of the one that is looked at, `seen`, the server will tell. */
export function forgetEnded(now: number, seen: string): string[] {
  const all = read()
  const open = all.filter(r => isCalled(seen)(r) || Date.parse(r.expires_at) > now)
  if (open.length < all.length) write(open)
  return open.map(r => r.id)
}

/** Those of this page's life, and their marks, for whoever shows one; after a reload the tab's. */
const kept = signal<Record<string, string>>({})
const passwordKey = (room: string) => `fleeting-password-${room.toLowerCase()}`
const markKey = (room: string) => `fleeting-mark-${room.toLowerCase()}`
const keep = (key: string, value: string) => {
  kept.value = { ...kept.value, [key]: value }
  tried(() => sessionStorage.setItem(key, value), undefined)
}
const recall = (key: string) => kept.value[key] ?? tried(() => sessionStorage.getItem(key), null) ?? ''

/** One that is right, with the mark that the room has by it. */
export function rememberPassword(room: string, password: string, mark = '') {
  keep(markKey(room), mark)
  keep(passwordKey(room), password)
  if (mark) write(read().map(r => (isCalled(room)(r) ? { ...r, mark } : r)))
}
/** One of an invitation that nobody tried, as this browser was in: right unless the owner has changed it since. */
export function rememberInvited(room: string, password: string, mark = '') {
  const known = read().find(isCalled(room))?.mark
  if (!passwordOf(room, mark) && (!known || known === mark)) rememberPassword(room, password, mark)
}
/** Nothing once the owner has changed it. */
export const passwordOf = (room: string, mark = ''): string => (recall(markKey(room)) === mark ? recall(passwordKey(room)) : '')
