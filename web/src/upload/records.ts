/** Where the chunk can't be had nothing is kept, as where there is no database. */
const withHandles = <T>(act: (handles: typeof import('./handles')) => Promise<T>) => import('./handles').then(act).catch(() => null)

/** What is known of an upload that a reload interrupted. */
export interface Interrupted { name: string; size: number; fileId: string }

/** Whether what the server has of it came straight to its store: then the rest goes there too. */
export const isDirect = (url: string) => url.includes('/direct-uploads/')

/**
 * Where uploads stand on the server, kept so that the same file goes on after a reload. Keyed by the room's id: a later room of
 * the same name has nothing to go on with.
 */
export class Records {
  constructor(private readonly roomId: string) {}

  key = (name: string, size: number) => `fleeting-upload-${this.roomId}-${size}-${name}`
  url = (name: string, size: number) => localStorage.getItem(this.key(name, size))

  keep(name: string, size: number, url: string, handle?: FileSystemFileHandle) {
    try {
      localStorage.setItem(this.key(name, size), url)
      if (handle) void withHandles(h => h.keepHandle(this.key(name, size), handle))
    } catch {
      // A full or forbidden storage costs going on after a reload, nothing else.
    }
  }

  forget(name: string, size: number) {
    localStorage.removeItem(this.key(name, size))
    if (typeof indexedDB !== 'undefined') void withHandles(h => h.forgetHandle(this.key(name, size)))
  }

  /** Whether the browser can open the file again. */
  canReopen = (name: string, size: number) => withHandles(h => h.findHandle(this.key(name, size))).then(handle => !!handle)
  reopen = (name: string, size: number) => withHandles(h => h.reopen(this.key(name, size)))

  interrupted(): Interrupted[] {
    const prefix = `fleeting-upload-${this.roomId}-`
    return Object.keys(localStorage).filter(key => key.startsWith(prefix)).flatMap(key => {
      const [, size, name] = /^(\d+)-(.*)$/s.exec(key.slice(prefix.length)) ?? []
      return size && name ? [{ name, size: Number(size), fileId: localStorage.getItem(key)!.split('/').at(-1)! }] : []
    })
  }
}
