import { tried } from '../core/tried'

/** Where the chunk can't be had nothing is kept, as where there is no database. */
const withHandles = <T>(act: (handles: typeof import('./handles')) => Promise<T>) => import('./handles').then(act).catch(() => null)

/** What is known of an upload that a reload interrupted. */
export interface Interrupted { name: string; size: number; fileId: string }

/** Whether what the server has of it came straight to its store: then the rest goes there too. */
export const isDirect = (url: string) => url.includes('/direct-uploads/')

const anyRoom = 'fleeting-upload-'
const prefixOf = (roomId: string) => `${anyRoom}${roomId}-`
const keysFrom = (prefix: string) => tried(() => Object.keys(localStorage), []).filter(key => key.startsWith(prefix))

function forgetKey(key: string) {
  tried(() => localStorage.removeItem(key), undefined)
  if (typeof indexedDB !== 'undefined') void withHandles(h => h.forgetHandle(key))
}

/** Of uploads to any other room nothing stays. */
export const forgetAllBut = (roomIds: string[]) =>
  keysFrom(anyRoom).filter(key => !roomIds.some(id => key.startsWith(prefixOf(id)))).forEach(forgetKey)

/**
 * Where uploads stand on the server, kept so that the same file goes on after a reload. Keyed by the room's id: a later room of
 * the same name has nothing to go on with. Where nothing can be kept they don't go on, and that is all.
 */
export class Records {
  constructor(private readonly roomId: string) {}

  key = (name: string, size: number) => `${prefixOf(this.roomId)}${size}-${name}`
  url = (name: string, size: number) => tried(() => localStorage.getItem(this.key(name, size)), null)

  keep(name: string, size: number, url: string, handle?: FileSystemFileHandle) {
    const isKept = tried(() => (localStorage.setItem(this.key(name, size), url), true), false)
    if (isKept && handle) void withHandles(h => h.keepHandle(this.key(name, size), handle))
  }

  forget = (name: string, size: number) => forgetKey(this.key(name, size))

  /** Whether the browser can open the file again. */
  canReopen = (name: string, size: number) => withHandles(h => h.findHandle(this.key(name, size))).then(handle => !!handle)
  reopen = (name: string, size: number) => withHandles(h => h.reopen(this.key(name, size)))

  interrupted(): Interrupted[] {
    const prefix = prefixOf(this.roomId)
    return keysFrom(prefix).flatMap(key => {
      const [, size, name] = /^(\d+)-(.*)$/s.exec(key.slice(prefix.length)) ?? []
      return size && name ? [{ name, size: Number(size), fileId: localStorage.getItem(key)!.split('/').at(-1)! }] : []
    })
  }
}
