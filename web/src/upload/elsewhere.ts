// What happens elsewhere to the uploads that this page shows: another tab of the browser has them, or somebody removed the file.
//
// All tabs find the same records. Each says of which uploads it takes care (file ids, by commas) when that changes and when it is
// asked; one that goes says so, and the others ask anew, as they do now and then: one may have gone without a word. No lock of the
// browser's is used: those need a secure context.
import { computed, effect, signal, untracked } from '@preact/signals'
import type { RoomState } from '../core/room'
import type { UploadQueue, UploadView } from './queue'

const [who, left] = ['?', '']
/** So long tabs may take to answer, and so often they are asked whether they are still there. */
const [answerMs, askMs] = [1000, 10_000]

/** Keeps the queue in step with the room's list and with the other tabs until the returned function is called. */
export function keepInStep(queue: UploadQueue, state: RoomState): () => void {
  // Not before the others have said what they have: what one of them has just begun isn't in this page's list yet.
  const haveAnswered = signal(false)
  const stops = [shareWithTabs(queue, state), effect(() => dropEnded(queue, state, haveAnswered.value))]
  void queue.askTabs().then(() => (haveAnswered.value = true))
  return () => stops.forEach(stop => stop())
}

function shareWithTabs(queue: UploadQueue, state: RoomState): () => void {
  const channel = new BroadcastChannel(`fleeting-uploads-${state.room.peek()!.id}`)
  const asks = new Set<Set<string>>()
  let askedAt = state.now.peek()
  const own = computed(() => queue.views.value.filter(v => v.fileId && v.phase !== 'interrupted').map(v => v.fileId).join())
  const tell = () => { if (own.value) channel.postMessage(own.value) }
  const hear = ({ data: word }: MessageEvent<string>) => {
    if (word === who) return tell()
    if (word === left) return void queue.askTabs()
    for (const id of word.split(',')) {
      queue.elsewhere.add(id)
      for (const answered of asks) answered.add(id)
    }
    queue.leave(v => v.phase === 'interrupted' && queue.elsewhere.has(v.fileId))
  }
  queue.askTabs = async () => {
    askedAt = state.now.peek()
    const answered = new Set<string>()
    asks.add(answered)
    channel.postMessage(who)
    await new Promise(resolve => setTimeout(resolve, answerMs))
    asks.delete(answered)
    for (const id of queue.elsewhere) if (!answered.has(id)) queue.elsewhere.delete(id)
    queue.findInterrupted()
  }
  const stopAsking = effect(() => {
    if (state.now.value - askedAt > askMs && queue.elsewhere.size > 0) untracked(() => void queue.askTabs())
  })
  const come = () => {
    channel.onmessage = hear
    tell()
  }
  // What the others ask then is answered no more, though a browser may take a while to end a page.
  const leave = () => {
    channel.onmessage = null
    channel.postMessage(left)
  }
  addEventListener('pagehide', leave)
  addEventListener('pageshow', come)
  come()
  const stopTelling = effect(tell)
  return () => {
    stopTelling()
    stopAsking()
    removeEventListener('pagehide', leave)
    removeEventListener('pageshow', come)
    channel.close()
  }
}

/** A file that somebody removed goes up no further; the table tells who it was. An interrupted one may be complete after all. */
function dropEnded(queue: UploadQueue, state: RoomState, haveAnswered: boolean) {
  const listed = new Map(state.files.value.map(f => [f.id, f.state]))
  const isListed = state.stage.value === 'inside'
  const isThere = (id: string) => (listed.has(id) ? listed.get(id) === 'uploading' : !isListed)
  const isOver = (v: UploadView) => state.isGone(v.fileId) || (haveAnswered && v.phase === 'interrupted' && !isThere(v.fileId))
  untracked(() => { if (queue.views.value.some(isOver)) queue.end(isOver) })
}
