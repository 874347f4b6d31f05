// What this device keeps of its rooms: names until they close, and for the tab's life the password it came in with. Where nothing can
// be kept that costs the list, and after a reload the password in the invitation.
import { signal } from '@preact/signals'
import { tried } from './tried'

/** `expires_at` by this device's clock, as far as it has been compared with the server's. */
export interface RecentRoom { id: string; name: string; expires_at: string }
const key = 'fleeting-rooms'

const read = () => tried(() => JSON.parse(localStorage.getItem(key) ?? '[]') as RecentRoom[], [])
const write = (rooms: RecentRoom[]) => tried(() => localStorage.setItem(key, JSON.stringify(rooms.slice(0, 20))), undefined)
const isCalled = (name: string) => (room: RecentRoom) => room.name.toLowerCase() === name.toLowerCase()

export const recentRooms = (now: number) => read().filter(r => Date.parse(r.expires_at) > now)
export const rememberRoom = (room: RecentRoom) => write([room, ...read().filter(r => r.name !== room.name)])
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

/** Those of this page's life, for whoever shows one; after a reload the tab's. */
const passwords = signal<Record<string, string>>({})
const passwordKey = (room: string) => `fleeting-password-${room.toLowerCase()}`

export function rememberPassword(room: string, password: string) {
  passwords.value = { ...passwords.value, [passwordKey(room)]: password }
  tried(() => sessionStorage.setItem(passwordKey(room), password), undefined)
}
export const passwordOf = (room: string): string =>
  passwords.value[passwordKey(room)] ?? tried(() => sessionStorage.getItem(passwordKey(room)), null) ?? ''
