import '../shared'
import type { RoomState } from '../core/room'
import { UploadNews } from '../core/upload-news'
import { UploadQueue } from './queue'

/** So far this device may be mistaken about the server's clock. */
const clocksMs = 500

/** The uploads of a room's page, which are told to whoever listens to it. */
export function startUploads(state: RoomState): UploadQueue {
  const { name, id } = state.room.value!
  const news = new UploadNews(state.news)
  const queue = new UploadQueue({ name, id }, {
    onPhase: view => news.tellPhase(view), refuses: size => refusalOf(size, state), directFrom: () => state.room.value?.direct_upload_from_bytes,
    lists: id => state.files.value.some(f => f.id === id),
    madeSince: (name, size, localMs) => state.files.value.filter(f =>
      f.uploader_id === state.me.value?.id && f.name === name.normalize() && f.size_bytes === size && Date.parse(f.created_at) >= state.serverTime(localMs) - clocksMs),
  })
  queue.views.subscribe(views => news.tellProgress(views))
  return queue
}

/** What the server is sure to refuse isn't sent; the files beside it go on. What no room would hold doesn't wait for space. */
function refusalOf(size: number, state: RoomState): string {
  const { file_size_limit_bytes, size_limit_bytes } = state.room.value!
  if (size > Math.min(file_size_limit_bytes, size_limit_bytes)) return 'file_too_large'
  return size > state.freeBytes.value ? 'room_full' : ''
}
