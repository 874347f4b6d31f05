import { apiPath, getRoom } from '../api/client'
import type { RoomState } from './room'

/** How long a lost stream is nobody's business. */
const quietMs = 5000

/** Keeps a room's state in step with the server until it ends or `stop` is called. */
export function follow(state: RoomState, name: string): () => void {
  let source: EventSource | null = null
  let lost: ReturnType<typeof setTimeout> | undefined
  let reopen: ReturnType<typeof setTimeout> | undefined
  let stopped = false

  const stop = () => {
    stopped = true
    clearTimeout(lost)
    clearTimeout(reopen)
    source?.close()
    removeEventListener('online', open)
  }

  function open() {
    if (stopped) return
    source?.close()
    source = new EventSource(apiPath(name, '/events'))
    const on = (event: string, take: (data: any) => void) =>
      source!.addEventListener(event, message => {
        state.connected.value = true
        clearTimeout(lost)
        lost = undefined
        take(JSON.parse((message as MessageEvent<string>).data))
      })
    on('snapshot', data => state.takeSnapshot(data, Date.now()))
    on('file-added', data => state.takeFile(data.file))
    on('file-progress', data => state.takeFile(data.file))
    on('file-removed', data => state.dropFile(data.id, data.by))
    on('members', data => (state.members.value = data.members))
    on('room-changed', data => (state.room.value = { ...data.room, used_bytes: state.room.value?.used_bytes ?? data.room.used_bytes }))
    on('room-ended', data => {
      state.end(data)
      stop()
    })
    source.onerror = () => {
      lost ??= setTimeout(() => (state.connected.value = false), quietMs)
      // A refusal closes the stream for good; find out why, and try again where it was only the server.
      if (source!.readyState === EventSource.CLOSED) void findOut()
    }
  }

  async function findOut() {
    try {
      state.takeSnapshot(await getRoom(name), Date.now())
    } catch (error) {
      if (state.takeRefusal(error)) return stop()
    }
    clearTimeout(reopen)
    reopen = setTimeout(open, 1000)
  }

  addEventListener('online', open)
  open()
  return stop
}
