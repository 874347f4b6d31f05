import '../shared'
import { apiPath, getRoom } from '../api/client'
import { Election, type Word } from './election'
import type { RoomState } from './room'
import type { ServerEvent } from './sse'
import { EventStream } from './stream'

/** How long a lost stream is nobody's business. */
const quietMs = 5000
/** How long after the last tab went out of sight the stream is closed. */
const sleepMs = 5 * 60_000

type Message = Word | { kind: 'event'; event: ServerEvent } | { kind: 'stream'; open: boolean; lastId: string } | { kind: 'refused' } | { kind: 'try' }

/**
 * Keeps a room's state in step with the server until it ends or the returned function is called.
 *
 * isBusy    whether something goes up from here: then the room is followed out of sight too
 */
export function follow(state: RoomState, name: string, isBusy: () => boolean): () => void {
  const feed = new Feed(state, name, isBusy)
  return () => feed.stop()
}

/** What one tab hears of a room: from the server where it leads this browser's tabs, else from the tab that does. */
class Feed {
  private readonly channel: BroadcastChannel
  private readonly election: Election
  private readonly stream: EventStream
  private lastId: string
  /** whether the leader has told how far it had come: until then what it told before this tab heard it may be missing */
  private isInStep = false
  private asking: Promise<boolean> | undefined
  /** what comes while the room is asked for is newer than the answer, or in it */
  private held: ServerEvent[] = []
  private hiddenSince = document.hidden ? Date.now() : 0
  private due: ReturnType<typeof setTimeout> | undefined
  private lost: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly state: RoomState, private readonly name: string, private readonly isBusy: () => boolean) {
    this.lastId = String(state.room.value!.version)
    // A channel for each session: who left and came back under another name hears as the new member only.
    this.channel = new BroadcastChannel(`fleeting-events-${state.room.value!.id}-${state.me.value!.id}`)
    this.channel.onmessage = ({ data }) => this.hear(data as Message)
    this.stream = new EventStream(apiPath(name, '/events'), {
      lastId: () => this.lastId,
      take: event => { this.send({ kind: 'event', event }); this.take(event) },
      changed: open => { this.send({ kind: 'stream', open, lastId: this.lastId }); this.mark(open) },
      refused: () => this.findOut(),
    })
    this.election = new Election(crypto.getRandomValues(new Uint32Array(2)).join('-'), {
      say: word => this.send(word), now: () => Date.now(), random: () => Math.random(), isAwake: () => this.isAwake(),
      lead: () => this.stream.open(), follow: () => this.stream.close(),
    })
    state.askEnd = () => void this.findOut()
    state.tryNow = () => (this.election.isLeading ? this.online() : this.send({ kind: 'try' }))
    document.addEventListener('visibilitychange', this.seen)
    addEventListener('online', this.online)
    addEventListener('pagehide', this.leave)
    addEventListener('pageshow', this.seen)
    this.tickWhenDue()
  }

  stop() {
    this.leave()
    this.state.tryNow = this.state.askEnd = () => undefined
    clearTimeout(this.due)
    clearTimeout(this.lost)
    this.channel.close()
    document.removeEventListener('visibilitychange', this.seen)
    removeEventListener('online', this.online)
    removeEventListener('pagehide', this.leave)
    removeEventListener('pageshow', this.seen)
  }

  private hear(message: Message) {
    if (message.kind === 'event') this.take(message.event)
    else if (message.kind === 'refused') void this.findOut()
    else if (message.kind === 'try') this.online()
    else if (message.kind === 'stream') this.hearOfStream(message.open, message.lastId)
    else {
      this.election.hear(message)
      // A tab that has just come hears how it stands; others know it.
      if (message.kind === 'hello' && this.election.isLeading) this.send({ kind: 'stream', open: this.lost === undefined, lastId: this.lastId })
      this.tickWhenDue()
    }
  }

  private hearOfStream(open: boolean, lastId: string) {
    this.mark(open)
    this.isInStep = true
    // What this tab loaded is older than what the leader has told already.
    if (Number(lastId) > Number(this.lastId)) void this.findOut()
  }

  private take(event: ServerEvent) {
    this.mark(true)
    if (this.asking) return void this.held.push(event)
    if (event.id && (this.isInStep || this.election.isLeading)) this.lastId = event.id
    apply(this.state, event.name, JSON.parse(event.data))
    if (this.state.stage.value !== 'inside') this.stop()
  }

  private mark(open: boolean) {
    if (!open) {
      this.lost ??= setTimeout(() => (this.state.connected.value = false), quietMs)
      return
    }
    clearTimeout(this.lost)
    this.lost = undefined
    this.state.connected.value = true
  }

  /** Asks how it stands, after a refusal or when the room's time is up; false where it is over for this page. */
  private findOut(): Promise<boolean> {
    return this.asking ??= this.ask().finally(() => {
      this.asking = undefined
      for (const event of this.held.splice(0)) if (!event.id || Number(event.id) > Number(this.lastId)) this.take(event)
    })
  }

  private async ask(): Promise<boolean> {
    try {
      const snapshot = await getRoom(this.name)
      this.lastId = String(snapshot.room.version)
      this.state.takeSnapshot(snapshot, Date.now())
      return true
    } catch (error) {
      if (!this.state.takeRefusal(error)) return true
      if (this.election.isLeading) this.send({ kind: 'refused' })
      this.stop()
      return false
    }
  }

  private tickWhenDue() {
    clearTimeout(this.due)
    this.due = setTimeout(() => {
      this.election.tick()
      this.tickWhenDue()
    }, this.election.dueIn)
  }

  private isAwake = () => !this.hiddenSince || this.isBusy() || Date.now() - this.hiddenSince < sleepMs
  private seen = () => {
    this.hiddenSince = document.hidden ? this.hiddenSince || Date.now() : 0
    this.election.tick()
  }
  private online = () => { if (this.election.isLeading) this.stream.open() }
  private leave = () => this.election.resign()
  private send(message: Message) {
    this.channel.postMessage(message)
  }
}

function apply(state: RoomState, event: string, data: any) {
  if (event === 'snapshot') state.takeSnapshot(data, Date.now())
  else if (event === 'file-added' || event === 'file-progress') state.takeFile(data.file)
  else if (event === 'file-removed') state.dropFile(data.id, data.by, data.reason)
  else if (event === 'members') state.members.value = data.members
  else if (event === 'file-taken') state.takeTaken(data.id, data.member_id)
  else if (event === 'room-changed') state.takeRoom(data.room)
  else if (event === 'member-removed') state.endMembership(data.by)
  else if (event === 'room-ended') state.end(data)
}
