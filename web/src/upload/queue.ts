import { signal } from '@preact/signals'
import { apiPath, call, removeFile } from '../api/client'
import { byName } from '../core/arrange'
import { judge } from '../core/retry'
import type { Picked } from './drop'
import { isDirect, Records } from './records'
import { Pace } from './pace'
import type { Refusal, RoomApi, Transfer, TransferClient } from './transfer'

export type UploadPhase = 'waiting' | 'uploading' | 'paused' | 'retrying' | 'failed' | 'interrupted' | 'done'

/** One file on its way up, as the page shows it. */
export interface UploadView {
  id: number
  name: string
  size: number
  sent: number
  phase: UploadPhase
  /** bytes a second, smoothed; 0 while unknown */
  speed: number
  /** when the next try comes, while `retrying` */
  retryAt: number
  /** the entry on the server, while `interrupted`: the room's list knows how far it came */
  fileId: string
  /** whether the browser can open the file again by itself, while `interrupted` */
  canGoOn: boolean
  /** the server's code, and the field where it names one, while `failed` */
  code: string
  field: string
}

interface Item {
  view: UploadView
  file: File | null
  handle: FileSystemFileHandle | undefined
  transfer: Transfer | null
  /** the most it has ever sent */
  best: number
  pace: Pace
  attempt: number
  timer: ReturnType<typeof setTimeout> | undefined
}

/** What a queue asks and tells. */
export interface QueueOwner {
  /** an upload has come into another phase */
  onPhase: (view: UploadView) => void
  /** the code of what is sure to be refused, before a byte is sent; '' where it may go */
  refuses?: (size: number) => string
  /** files of so many bytes go straight to the server's store; undefined where none do */
  directFrom?: () => number | undefined
}

/** Three at once: a browser gives one origin six connections, and the event stream and the page need theirs. */
const atOnce = 3
const offlineMs = 30_000

/** The room's uploads: starts, pauses, tries again, and finds those that a reload interrupted. */
export class UploadQueue {
  readonly views = signal<UploadView[]>([])
  private items: Item[] = []
  private next = 1
  private readonly records: Records
  private readonly listening = new AbortController()
  private readonly api: RoomApi = {
    path: rest => apiPath(this.room.name, rest),
    call: (method, rest, body) => call(method, this.api.path(rest), body),
  }

  /** load    the client for each way up, fetched with the first file that goes it */
  constructor(
    private readonly room: { name: string; id: string }, private readonly owner: QueueOwner,
    private readonly load: (direct: boolean) => Promise<TransferClient> = direct => (direct ? import('./direct') : import('./client')),
  ) {
    this.records = new Records(room.id)
    const { signal } = this.listening
    addEventListener('online', () => this.inPhase('retrying').forEach(i => this.tryNow(i.view.id)), { signal })
    // A request that hangs on a lost network may take minutes to fail; the browser knows at once.
    addEventListener('offline', () => this.inPhase('uploading').forEach(i => this.interrupt(i)), { signal })
    this.findInterrupted()
  }

  add(files: Picked[]) {
    // A picker and a dropped folder hand them out in any order.
    for (const { file, name, handle } of [...files].sort(byName)) {
      const isSame = (i: Item) => i.view.name === name && i.view.size === file.size
      // Chosen anew it needs no second row.
      this.items = this.items.filter(i => i.view.phase !== 'failed' || !isSame(i))
      const item = this.inPhase('interrupted').find(isSame) ?? this.newItem(name, file.size)
      item.file = file
      item.handle = handle
      if (!this.isRefused(item)) this.set(item, { phase: 'waiting' })
    }
    this.pump()
  }

  /** An interrupted upload whose file the browser can open again goes on; call it on a click. */
  async goOn(id: number) {
    const item = this.of(id)
    const { name, size } = item.view
    const picked = await this.records.reopen(name, size)
    if (picked?.file.size !== size) return this.set(item, { canGoOn: false })
    this.add([{ ...picked, name }])
  }

  pause(id: number) {
    const item = this.of(id)
    void item.transfer?.abort()
    clearTimeout(item.timer)
    this.set(item, { phase: 'paused', speed: 0 })
    this.pump()
  }

  resume(id: number) {
    this.again(this.of(id))
  }

  tryNow(id: number) {
    const item = this.of(id)
    clearTimeout(item.timer)
    item.attempt = 0
    this.again(item)
  }

  cancel(id: number) {
    const item = this.of(id)
    clearTimeout(item.timer)
    // Terminating tells the server to drop what it has; a file that never started has nothing there.
    if (item.transfer) void item.transfer.abort(true).catch(() => undefined)
    else if (item.view.fileId) void removeFile(this.room.name, item.view.fileId).catch(() => undefined)
    this.drop(item)
    this.pump()
  }

  /** The room is over for this page: nothing goes on, and nothing is kept of it. */
  stop() {
    this.listening.abort()
    for (const item of this.items) {
      clearTimeout(item.timer)
      void item.transfer?.abort()
      this.records.forget(item.view.name, item.view.size)
    }
    this.items = []
    this.show()
  }

  private pump() {
    for (const item of this.inPhase('waiting')) {
      if (this.inPhase('uploading').length >= atOnce) return
      this.start(item)
    }
  }

  private start(item: Item) {
    if (!item.file || this.isRefused(item)) return
    item.pace = new Pace()
    this.set(item, { phase: 'uploading', code: '', field: '' })
    void this.open(item)
  }

  /** Fails what is sure to be refused: at once, and once more when its turn has come. */
  private isRefused(item: Item): boolean {
    // What the server knows already has its place in the room.
    const code = this.records.url(item.view.name, item.view.size) ? '' : (this.owner.refuses?.(item.view.size) ?? '')
    if (code) this.fail(item, { code, field: '' })
    return code !== ''
  }

  private async open(item: Item) {
    const { name, size } = item.view
    const url = this.records.url(name, size)
    const direct = url ? isDirect(url) : size >= (this.owner.directFrom?.() ?? Infinity)
    const client = await this.load(direct).catch(() => null)
    if (item.view.phase !== 'uploading') return
    // A server that can't be asked for the client is as far away as for the file.
    if (!client) return this.refused(item, { status: 0, retryAfter: 0, code: 'unavailable', field: '' })
    item.transfer ??= client.makeTransfer({ file: item.file!, name, url, room: this.api }, {
      onUrl: url => this.records.keep(name, size, url, item.handle),
      onProgress: sent => this.progressed(item, sent),
      onSuccess: () => this.finished(item),
      onRefusal: refusal => this.refused(item, refusal),
    })
    item.transfer.start()
  }

  private progressed(item: Item, sent: number) {
    // What goes a second time only to be refused again is no progress: the tries grow rarer.
    if (sent > item.best) item.attempt = 0
    item.best = Math.max(item.best, sent)
    if (item.pace.take(sent)) this.set(item, { sent, speed: item.pace.speed })
  }

  private finished(item: Item) {
    this.drop(item)
    this.owner.onPhase({ ...item.view, phase: 'done' })
    this.pump()
  }

  private refused(item: Item, refusal: Refusal) {
    const { status } = refusal
    // An upload the server no longer knows is begun anew.
    if ((status === 404 || status === 403) && item.attempt === 0 && this.records.url(item.view.name, item.view.size)) {
      this.records.forget(item.view.name, item.view.size)
      item.transfer = null
      item.attempt = 1
      return this.start(item)
    }
    const verdict = judge(status, item.attempt++, refusal.retryAfter)
    if (verdict.do === 'retry') this.retryIn(item, verdict.afterMs)
    else this.fail(item, refusal)
    this.pump()
  }

  private fail(item: Item, { code, field }: { code: string; field: string }) {
    this.set(item, { phase: 'failed', speed: 0, code, field })
  }

  private interrupt(item: Item) {
    void item.transfer?.abort()
    this.retryIn(item, offlineMs)
  }

  private retryIn(item: Item, ms: number) {
    clearTimeout(item.timer)
    item.timer = setTimeout(() => this.again(item), ms)
    this.set(item, { phase: 'retrying', speed: 0, retryAt: Date.now() + ms })
  }

  /** After a lost server every upload wants to go on in the same moment; each waits its turn. */
  private again(item: Item) {
    this.set(item, { phase: 'waiting' })
    this.pump()
  }

  private newItem(name: string, size: number): Item {
    const view: UploadView = { id: this.next++, name, size, sent: 0, phase: 'waiting', speed: 0, retryAt: 0, fileId: '', canGoOn: false, code: '', field: '' }
    const item: Item = { view, file: null, handle: undefined, transfer: null, best: 0, pace: new Pace(), attempt: 0, timer: undefined }
    this.items.push(item)
    return item
  }

  private findInterrupted() {
    for (const { name, size, fileId } of this.records.interrupted()) {
      const item = this.newItem(name, size)
      item.view = { ...item.view, phase: 'interrupted', fileId }
      void this.records.canReopen(name, size).then(canGoOn => this.set(item, { canGoOn }))
    }
    this.show()
  }

  private inPhase = (phase: UploadPhase) => this.items.filter(i => i.view.phase === phase)
  private of = (id: number) => this.items.find(i => i.view.id === id)!
  private set(item: Item, change: Partial<UploadView>) {
    const before = item.view.phase
    item.view = { ...item.view, ...change }
    this.show()
    if (item.view.phase !== before) this.owner.onPhase(item.view)
  }
  private drop(item: Item) {
    this.records.forget(item.view.name, item.view.size)
    this.items = this.items.filter(i => i !== item)
    this.show()
  }
  private show = () => (this.views.value = this.items.map(i => i.view))
}
