import { computed, signal } from '@preact/signals'
import { ApiError, type Ended, type FileEntry, type Me, type Member, type Room, type Snapshot } from '../api/types'
import { t } from '../i18n'
import { Announcer } from './announcer'
import { minutesPassed } from './closing'
import { plainName } from './names'

/** How far the page has got with its room. */
export type Stage = 'loading' | 'door' | 'inside' | 'ended' | 'removed'

/** A file that someone has just taken off the table: it is shown a little longer, with who it was. */
export interface Leaving { file: FileEntry; by: string; until: number }

const fadeMs = 4000
/** Between two questions whether a room whose time is up is over. */
const askMs = 5000

/** Everything the room's page shows. No DOM: it is filled by events and read by components. */
export class RoomState {
  readonly stage = signal<Stage>('loading')
  readonly room = signal<Room | null>(null)
  readonly me = signal<Me | null>(null)
  readonly files = signal<FileEntry[]>([])
  readonly leaving = signal<Leaving[]>([])
  readonly members = signal<Member[]>([])
  readonly ended = signal<Ended | null>(null)
  /** files taken off the table here, and whether they can be put back: to others they lie on it still */
  readonly removing = signal<ReadonlyMap<string, boolean>>(new Map())
  /** who removed this page's member, once that has happened */
  readonly removedBy = signal('')
  readonly now = signal(Date.now())
  /** false while the event stream has been lost for more than five seconds */
  readonly connected = signal(true)
  readonly news = new Announcer()
  /** told of each file of another member that has just become complete */
  onArrival: (file: FileEntry) => void = () => undefined
  /** sends what waits to be undone, and hears the answers */
  settle: () => Promise<unknown> = async () => undefined
  /** asks for the server at once, where the stream is lost */
  tryNow: () => void = () => undefined
  /** asks the server whether the room is over, where its time is up and nobody has said so */
  askEnd: () => void = () => undefined
  private clockSkew = 0
  /** when that is asked again, as this device has it */
  private askAt = 0
  /** ids of files that were removed: on many nodes one may tell a file's progress after another its end */
  private readonly gone = new Set<string>()
  /** Whether a file was removed: told while this page heard it, or missing from a later list. */
  isGone = (id: string) => this.gone.has(id)

  readonly msLeft = computed(() => (this.room.value ? Date.parse(this.room.value.expires_at) - this.now.value : 0))
  /** of its time that is left; in thousandths, so that what shows it isn't drawn with every tick */
  readonly share = computed(() => {
    const room = this.room.value
    if (!room) return 1
    const whole = Date.parse(room.expires_at) - Date.parse(room.created_at)
    return Math.max(0, Math.min(1, Math.ceil((this.msLeft.value / whole) * 1000) / 1000))
  })
  readonly present = computed(() => this.members.value.filter(m => m.present))
  readonly presentCount = computed(() => Math.max(1, this.present.value.length))
  readonly isOwner = computed(() => this.me.value?.role === 'owner')
  readonly freeBytes = computed(() => (this.room.value ? Math.max(0, this.room.value.size_limit_bytes - this.room.value.used_bytes) : 0))

  /** Time as the server has it. */
  tick(localNow: number) {
    const before = this.msLeft.value
    this.now.value = this.serverTime(localNow)
    if (this.leaving.value.some(l => l.until <= localNow)) this.leaving.value = this.leaving.value.filter(l => l.until > localNow)
    if (this.stage.value !== 'inside') return
    this.tellMinutes(before)
    // Another end may have been set meanwhile, or this device's clock have leapt: the server alone knows.
    if (this.msLeft.value > -1000 || localNow < this.askAt) return
    this.askAt = localNow + askMs
    this.askEnd()
  }

  takeSnapshot(snapshot: Snapshot, localNow: number) {
    const known = new Map(this.files.value.map(f => [f.id, f]))
    const isFirst = this.stage.value !== 'inside'
    this.clockSkew = Date.parse(snapshot.server_time) - localNow
    const still = new Set(snapshot.files.map(f => f.id))
    for (const id of known.keys()) if (!still.has(id)) this.gone.add(id)
    this.room.value = snapshot.room
    this.me.value = snapshot.me
    this.files.value = snapshot.files
    this.members.value = snapshot.members
    this.now.value = localNow + this.clockSkew
    this.stage.value = 'inside'
    this.tick(localNow)
    // What came while the stream was lost is news all the same.
    if (!isFirst) snapshot.files.forEach(file => this.noteArrival(known.get(file.id), file))
  }

  takeFile(file: FileEntry) {
    const known = this.files.value.find(f => f.id === file.id)
    // Progress may come late; a complete file never goes back.
    if (this.gone.has(file.id) || (known?.state === 'complete' && file.state !== 'complete')) return
    this.files.value = known ? this.files.value.map(f => (f === known ? file : f)) : [...this.files.value, file]
    this.noteArrival(known, file)
    this.countUsed()
  }

  /** A member has downloaded all of a file. */
  takeTaken(id: string, memberId: string) {
    this.files.value = this.files.value.map(f =>
      f.id === id && !f.taken_by?.includes(memberId) ? { ...f, taken_by: [...(f.taken_by ?? []), memberId] } : f)
  }

  /** `reason` where it wasn't a member */
  dropFile(id: string, by: string, reason?: string, localNow = Date.now()) {
    this.gone.add(id)
    const file = this.files.value.find(f => f.id === id)
    if (!file) return
    this.files.value = this.files.value.filter(f => f !== file)
    this.countUsed()
    if (this.removing.value.has(id)) return
    by ||= reason ? t.scan : t.operator
    this.leaving.value = [...this.leaving.value, { file, by, until: localNow + fadeMs }]
    this.news.polite.say({ kind: `removed ${by}`, one: t.removed(plainName(file.name), by), many: n => t.removedMany(n, by) })
  }

  takeRoom(room: Room) {
    const before = this.room.value
    const left = this.msLeft.value
    this.room.value = { ...room, used_bytes: before?.used_bytes ?? room.used_bytes }
    this.tellMinutes(left)
    if (before && before.locked !== room.locked) this.news.assertive.say(room.locked ? t.locked : t.unlocked)
    if (before && before.password_mark !== room.password_mark && !this.isOwner.value) this.news.assertive.say(t.passwordChanged)
    if (before && !!before.door_locked !== !!room.door_locked) this.news.assertive.say(room.door_locked ? t.doorLocked : t.doorUnlocked)
  }

  end(ended: Ended) {
    this.ended.value = ended
    this.stage.value = 'ended'
  }

  /** The owner has removed this page's member. */
  endMembership(by: string) {
    this.removedBy.value = by
    this.stage.value = 'removed'
  }

  /** What a refusal says of the whole room: that it is over, or that one isn't in it. Any other is of the moment: false. */
  takeRefusal(error: unknown): boolean {
    const { code, endedAt } = error instanceof ApiError ? error : { code: '', endedAt: null }
    if (code === 'room_ended') this.end({ reason: 'closed', ended_at: endedAt })
    // A server that restarted meanwhile no longer knows the room; its deadline is known here.
    else if (code === 'no_session' && this.room.value && this.msLeft.value <= 0) this.end({ reason: 'expired', ended_at: this.room.value.expires_at })
    else if (code === 'no_session') this.stage.value = 'door'
    else return false
    return true
  }

  /** When the room ends by this device's clock. */
  get localEnd() {
    return new Date(Date.parse(this.room.value!.expires_at) - this.clockSkew).toISOString()
  }

  /** A moment of this device's clock as the server has it. */
  serverTime = (localMs: number) => localMs + this.clockSkew

  /** Whole seconds until a moment of this device's clock. */
  secondsTo = (localMs: number) => Math.max(1, Math.ceil((this.serverTime(localMs) - this.now.value) / 1000))

  mayRemove(file: FileEntry) {
    return this.isOwner.value || file.uploader_id === this.me.value?.id
  }

  /** Its SHA-256 may follow a complete file with another event: by then it is no news. */
  private noteArrival(known: FileEntry | undefined, file: FileEntry) {
    if (file.state !== 'complete' || known?.state === 'complete' || file.uploader_id === this.me.value?.id) return
    this.news.polite.say({ kind: `added ${file.uploader}`, one: t.arrived(plainName(file.name), file.uploader), many: n => t.arrivedMany(n, file.uploader) })
    this.onArrival(file)
  }

  private tellMinutes(leftBefore: number) {
    const minutes = minutesPassed(leftBefore, this.msLeft.value)
    if (minutes) this.news.polite.say(t.minutesLeft(minutes))
  }

  private countUsed() {
    const used = this.files.value.reduce((sum, f) => sum + f.size_bytes, 0)
    if (this.room.value) this.room.value = { ...this.room.value, used_bytes: used }
  }
}
