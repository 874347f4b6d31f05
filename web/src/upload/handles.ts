// File handles outlive the page in IndexedDB alone: with one, an interrupted upload goes on by one click. A chunk of its own, fetched
// with the first upload.

type Asking = FileSystemFileHandle & { requestPermission?: (how: { mode: 'read' }) => Promise<PermissionState> }
const store = 'handles'

const open = () =>
  new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('fleeting', 1)
    request.onupgradeneeded = () => request.result.createObjectStore(store)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('no IndexedDB'))
  })

/** Runs one request in a transaction of its own. Where there is no database, nothing is kept: undefined. */
async function within<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
  try {
    const database = await open()
    const request = act(database.transaction(store, mode).objectStore(store))
    return await new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error ?? new Error('no record'))
    }).finally(() => database.close())
  } catch {
    return undefined
  }
}

export const keepHandle = (key: string, handle: FileSystemFileHandle) => within('readwrite', s => s.put(handle, key))
export const findHandle = (key: string) => within('readonly', s => s.get(key) as IDBRequest<FileSystemFileHandle | undefined>)
export const forgetHandle = (key: string) => within('readwrite', s => s.delete(key))

/** The file again with its handle, after the browser asked its user; null where they said no or it is gone. Call it on a click. */
export async function reopen(key: string): Promise<{ file: File; handle: FileSystemFileHandle } | null> {
  try {
    const handle = (await findHandle(key))!
    const answer = (await (handle as Asking).requestPermission?.({ mode: 'read' })) ?? 'granted'
    return answer === 'granted' ? { file: await handle.getFile(), handle } : null
  } catch {
    return null
  }
}
