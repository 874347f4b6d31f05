import { computed, signal } from '@preact/signals'
import { ApiError, type Ended, type FileEntry, type Me, type Member, type Room, type Snapshot } from '../api/types'
import { t } from '../i18n'

/** How far the page has got with its room. */
export type Stage = 'loading' | 'door' | 'inside' | 'ended'

/** Everything the room's page shows. No DOM: it is filled by events and read by components. */
export class RoomState {
  readonly stage = signal<Stage>('loading')
  readonly room = signal<Room | null>(null)
  readonly me = signal<Me | null>(null)
  readonly files = signal<FileEntry[]>([])
  readonly members = signal<Member[]>([])
  readonly ended = signal<Ended | null>(null)
  readonly now = signal(Date.now())
  /** false while the event stream has been lost for more than five seconds */
  readonly connected = signal(true)
  /** said by screen readers, one sentence at a time */
  readonly said = signal('')
  private clockSkew = 0

  readonly msLeft = computed(() => (this.room.value ? Date.parse(this.room.value.expires_at) - this.now.value : 0))
  readonly share = computed(() => {
    const room = this.room.value
    if (!room) return 1
    const whole = Date.parse(room.expires_at) - Date.parse(room.created_at)
    return Math.max(0, Math.min(1, this.msLeft.value / whole))
  })
  readonly presentCount = computed(() => Math.max(1, this.members.value.filter(m => m.present).length))
  readonly isOwner = computed(() => this.me.value?.role === 'owner')

  /** Time as the server has it. */
  tick(localNow: number) {
    this.now.value = localNow + this.clockSkew
    if (this.stage.value === 'inside' && this.msLeft.value <= -1000)
      this.end({ reason: 'expired', ended_at: this.room.value!.expires_at })
  }

  takeSnapshot(snapshot: Snapshot, localNow: number) {
    this.clockSkew = Date.parse(snapshot.server_time) - localNow
    this.room.value = snapshot.room
    this.me.value = snapshot.me
    this.files.value = snapshot.files
    this.members.value = snapshot.members
    this.stage.value = 'inside'
    this.tick(localNow)
  }

  takeFile(file: FileEntry) {
    const known = this.files.value.find(f => f.id === file.id)
    // Progress may come late; a complete file never goes back.
    if (known?.state === 'complete' && file.state !== 'complete') return
    this.files.value = known ? this.files.value.map(f => (f === known ? file : f)) : [...this.files.value, file]
    // Its SHA-256 may follow with another event: by then it is no news.
    if (file.state === 'complete' && known?.state !== 'complete' && file.uploader_id !== this.me.value?.id) this.said.value = t.arrived(file.name, file.uploader)
    this.countUsed()
  }

  dropFile(id: string, by: string) {
    const file = this.files.value.find(f => f.id === id)
    if (file) this.said.value = t.removed(file.name, by)
    this.files.value = this.files.value.filter(f => f.id !== id)
    this.countUsed()
  }

  end(ended: Ended) {
    this.ended.value = ended
    this.stage.value = 'ended'
    this.said.value = t.ended
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

  mayRemove(file: FileEntry) {
    return this.isOwner.value || file.uploader_id === this.me.value?.id
  }

  private countUsed() {
    const used = this.files.value.reduce((sum, f) => sum + f.size_bytes, 0)
    if (this.room.value) this.room.value = { ...this.room.value, used_bytes: used }
  }
}
