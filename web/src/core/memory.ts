// What this device keeps of its rooms: names until they close, and for the tab's life the password it came in with.

export interface RecentRoom { name: string; expires_at: string }
const key = 'fleeting-rooms'

function read(): RecentRoom[] {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '[]') as RecentRoom[]
  } catch {
    return []
  }
}

function write(rooms: RecentRoom[]) {
  try {
    localStorage.setItem(key, JSON.stringify(rooms.slice(0, 20)))
  } catch {
    // A full or forbidden storage costs the list, nothing else.
  }
}

export const recentRooms = (now: number) => read().filter(r => Date.parse(r.expires_at) > now)
export const rememberRoom = (room: RecentRoom) => write([room, ...read().filter(r => r.name !== room.name)])
/** When a room of this device was to end, if that is past. Told once: the name may be another room's by now. */
export function takePastEnd(name: string, now: number): string | null {
  const past = read().find(r => r.name.toLowerCase() === name.toLowerCase() && Date.parse(r.expires_at) <= now)
  if (past) forgetRoom(past.name)
  return past?.expires_at ?? null
}
export const forgetRoom = (name: string) => write(read().filter(r => r.name !== name))

export function rememberPassword(room: string, password: string) {
  try {
    sessionStorage.setItem(`fleeting-password-${room.toLowerCase()}`, password)
  } catch {
    // Then the invitation shows no password after a reload.
  }
}
export function passwordOf(room: string): string {
  try {
    return sessionStorage.getItem(`fleeting-password-${room.toLowerCase()}`) ?? ''
  } catch {
    return ''
  }
}
