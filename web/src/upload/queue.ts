import { signal } from '@preact/signals'
import { apiPath, call, removeFile } from '../api/client'
import { byName } from '../core/arrange'
import { came, missed } from '../core/later'
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
  /** the entry on the server, once there is one; while `interrupted` the room's list knows how far it came */
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
  /** when it was first tried; 0 before */
  begunAt: number
  /** the present start: what is still being fetched for an earlier one is of no interest */
  run: object | null
  /** the server didn't know it, though the room's list did */
  isDoubted: boolean
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
  /** whether the room's list has the file, as far as this page has heard */
  lists?: (fileId: string) => boolean
  /** this member's files of that name and size that were made since then by this device's clock, as far as this page has heard */
  madeSince?: (name: string, size: number, localMs: number) => { id: string; state: string }[]
}

/** Of what `onUrl` told: when the file was changed last, where that is kept, and the entry's id. */
const partsOf = (url: string) => /(?:\/(\d+))?\/([^/]+)$/.exec(url) ?? []
const idOf = (url: string) => partsOf(url)[2]!

/** Three at once: a browser gives one origin six connections, and the event stream and the page need theirs. */
const atOnce = 3
const offlineMs = 30_000
/** So long the room's list may take to tell that a file was removed. */
const newsMs = 3000

/** The room's uploads: starts, pauses, tries again, and finds those that a reload interrupted. */
export class UploadQueue {
  readonly views = signal<UploadView[]>([])
  /** file ids of uploads that other tabs have */
  readonly elsewhere = new Set<string>()
  /** asks them again, for one that went without a word has them no more; done once they had time to answer */
  askTabs: () => Promise<void> = async () => undefined
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
      // Given twice it goes up once.
      if (this.items.some(i => isSame(i) && i.file?.lastModified === file.lastModified && i.view.phase !== 'failed')) continue
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
    if (item.view.code !== 'upload_busy') return this.again(item)
    void this.askTabs().then(() => { if (this.items.includes(item) && item.view.phase === 'failed') this.again(item) })
  }

  cancel(id: number) {
    const item = this.of(id)
    // Terminating tells the server to drop what it has; a file that never started has nothing there.
    if (item.transfer) void item.transfer.abort(true).catch(() => undefined)
    else if (item.view.fileId) void removeFile(this.room.name, item.view.fileId).catch(() => undefined)
    item.transfer = null
    this.end(v => v.id === id)
  }

  /** Uploads that are over, whoever ended them. */
  end(isOver: (view: UploadView) => boolean) {
    for (const item of this.items.filter(i => isOver(i.view))) {
      clearTimeout(item.timer)
      void item.transfer?.abort()
      // One that never got to the server has nothing there, but another of its name may.
      if (item.view.fileId) this.records.forget(item.view.name, item.view.size)
    }
    this.leave(isOver)
  }

  /** Takes rows away, and nothing else. */
  leave(isGone: (view: UploadView) => boolean) {
    this.items = this.items.filter(i => !isGone(i.view))
    this.show()
    this.pump()
  }

  /** Lists what was interrupted, here or in a tab that is gone. */
  findInterrupted() {
    for (const { name, size, fileId } of this.records.interrupted()) {
      const isIt = ({ view, file }: Item) => view.fileId === fileId || (file && view.name === name && view.size === size)
      if (this.elsewhere.has(fileId) || this.items.some(isIt)) continue
      const item = this.newItem(name, size)
      item.view = { ...item.view, phase: 'interrupted', fileId }
      void this.records.canReopen(name, size).then(canGoOn => this.set(item, { canGoOn }))
    }
    this.show()
  }

  /** The room is over for this page: nothing goes on, and nothing is kept of it. */
  stop() {
    this.listening.abort()
    this.end(() => true)
  }

  private pump() {
    for (const item of this.inPhase('waiting')) {
      if (this.inPhase('uploading').length >= atOnce) return
      if (!this.hasTwin(item)) this.start(item)
    }
  }

  /** One of the same name and size is under way: what the server has is known by both, so they go one after the other. */
  private hasTwin = ({ view: { id, name, size } }: Item) =>
    this.items.some(({ view: v }) => v.id !== id && v.name === name && v.size === size && ['uploading', 'retrying', 'paused'].includes(v.phase))

  private start(item: Item) {
    if (!item.file || this.isRefused(item)) return
    item.pace = new Pace()
    this.set(item, { phase: 'uploading', code: '', field: '' })
    const made = this.madeUnheard(item)
    item.begunAt ||= Date.now()
    if (made?.state === 'complete') return this.finished(item)
    if (made) {
      void item.transfer?.abort()
      item.transfer = null
      this.records.keep(item.view.name, item.view.size, this.api.path(`/files/${item.file.lastModified}/${made.id}`), item.handle)
    }
    void this.open(item, (item.run = {}))
  }

  /** What an earlier try made whose answer was lost: begun anew it would be there twice, or half of it for good. */
  private madeUnheard({ view: { name, size }, begunAt }: Item) {
    if (!begunAt || this.records.url(name, size) || size >= (this.owner.directFrom?.() ?? Infinity)) return undefined
    return this.owner.madeSince?.(name, size, begunAt).find(({ id }) => !this.elsewhere.has(id) && !this.items.some(i => i.view.fileId === id))
  }

  /** Fails what is sure to be refused: at once, and once more when its turn has come. */
  private isRefused(item: Item): boolean {
    const url = this.records.url(item.view.name, item.view.size)
    // What the server knows already has its place in the room; another tab that sends it would be cut off, and keeps it.
    const isElsewhere = url && this.elsewhere.has(idOf(url))
    const code = isElsewhere ? 'upload_busy' : url ? '' : (this.owner.refuses?.(item.view.size) ?? '')
    if (isElsewhere) Object.assign(item, { transfer: null, view: { ...item.view, fileId: '' } })
    if (code) this.fail(item, { code, field: '' })
    return code !== ''
  }

  private async open(item: Item, run: object) {
    const { name, size } = item.view
    const url = await this.found(item)
    const direct = url ? isDirect(url) : size >= (this.owner.directFrom?.() ?? Infinity)
    const client = await this.load(direct).then(came, () => void missed(item.attempt))
    if (item.run !== run || item.view.phase !== 'uploading' || !this.items.includes(item)) return
    // A server that can't be asked for the client is as far away as for the file.
    if (!client) return this.refused(item, { status: 0, retryAfter: 0, code: 'unavailable', field: '' })
    item.transfer ??= client.makeTransfer({ file: item.file!, name, url, room: this.api }, {
      onUrl: url => {
        this.records.keep(name, size, url, item.handle)
        this.set(item, { fileId: idOf(url) })
      },
      onGone: () => {
        this.records.forget(name, size)
        this.set(item, { fileId: '' })
      },
      onProgress: sent => this.progressed(item, sent),
      onSuccess: () => this.finished(item),
      onRefusal: refusal => this.refused(item, refusal),
    })
    item.transfer.start()
  }

  /** Where the server has a part of it. Of another time it is of another file, and goes before this one takes its name. */
  private async found(item: Item): Promise<string | null> {
    const { name, size } = item.view
    const url = this.records.url(name, size)
    const [, time, fileId = ''] = partsOf(url ?? '')
    const isOurs = !time || Number(time) === item.file!.lastModified
    this.set(item, { fileId: isOurs ? fileId : '' })
    if (isOurs) return url
    await removeFile(this.room.name, fileId).catch(() => undefined)
    this.records.forget(name, size)
    return null
  }

  private progressed(item: Item, sent: number) {
    // What goes a second time only to be refused again is no progress: the tries grow rarer.
    if (sent > item.best) item.attempt = 0
    item.best = Math.max(item.best, sent)
    if (item.pace.take(sent)) this.set(item, { sent, speed: item.pace.speed })
  }

  private finished(item: Item) {
    this.end(v => v.id === item.view.id)
    this.owner.onPhase({ ...item.view, phase: 'done' })
  }

  private refused(item: Item, refusal: Refusal) {
    const { status, code } = refusal
    if (status === 404 && !item.isDoubted && this.owner.lists?.(item.view.fileId)) {
      item.isDoubted = true
      this.retryIn(item, newsMs)
      return this.pump()
    }
    // An upload the server no longer knows, or knows as somebody else's, is begun anew. A HEAD's answer has no code.
    if ((status === 404 || (status === 403 && /^(forbidden|unavailable)$/.test(code))) && item.attempt === 0 && this.records.url(item.view.name, item.view.size)) {
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
    const item: Item = { view, file: null, handle: undefined, transfer: null, best: 0, pace: new Pace(), attempt: 0, begunAt: 0, run: null, isDoubted: false, timer: undefined }
    this.items.push(item)
    return item
  }

  private inPhase = (phase: UploadPhase) => this.items.filter(i => i.view.phase === phase)
  private of = (id: number) => this.items.find(i => i.view.id === id)!
  private set(item: Item, change: Partial<UploadView>) {
    const before = item.view.phase
    item.view = { ...item.view, ...change }
    this.show()
    if (item.view.phase !== before) this.owner.onPhase(item.view)
  }
  private show = () => (this.views.value = this.items.map(i => i.view))
}
