import { signal } from '@preact/signals'
import type { Picked } from '../upload/drop'

/** What the page shows: a room, or with an empty name the landing page. */
export const view = signal({ room: '', password: '' })

/** Files chosen before their room's page is there, or read only then. */
export const waiting = signal<Picked[]>([])

/** Goes to a room without loading anything anew, so that chosen files come along. */
export function goToRoom(room: string, path: string, files: Picked[]) {
  waiting.value = files
  history.pushState(null, '', path)
  view.value = { room, password: '' }
}

export function takeWaiting(): Picked[] {
  const files = waiting.value
  waiting.value = []
  return files
}

/** What another app gave to this one to hand on (`share_target` of the manifest); it leaves the address bar at once. */
let shared = ''
export function keepShared(search: string): boolean {
  const given = new URLSearchParams(search)
  shared = ['title', 'text', 'url'].map(field => given.get(field)?.trim() ?? '').filter((part, at, all) => part && all.indexOf(part) === at).join('\n')
  return shared !== ''
}
export function takeShared(): string {
  const text = shared
  shared = ''
  return text
}
