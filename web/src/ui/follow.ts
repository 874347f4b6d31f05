import type { RoomState } from '../core/room'

const againMs = 1000

/** Keeps a room's state in step with the server until the returned function is called. What does it comes after the first drawing. */
export function follow(state: RoomState, name: string): () => void {
  let stop: () => void = () => undefined
  let isWanted = true
  const begin = async () => {
    const later = await import('./later').catch(() => null)
    if (!isWanted) return
    if (!later) return void setTimeout(begin, againMs)
    const feed = new later.Feed(state, name)
    stop = () => feed.stop()
  }
  void begin()
  return () => {
    isWanted = false
    stop()
  }
}
