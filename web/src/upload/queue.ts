import { signal } from '@preact/signals'
import type { DetailedError, Upload } from 'tus-js-client'
import { apiPath, removeFile } from '../api/client'
import { judge } from '../core/retry'

type Tus = Pick<typeof import('tus-js-client'), 'Upload'>

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
  /** the server's code, and the field where it names one, while `failed` */
  code: string
  field: string
}

interface Item { view: UploadView; file: File | null; tus: Upload | null; attempt: number; timer: ReturnType<typeof setTimeout> | undefined; lastSent: number; lastAt: number }

/** Three at once: a browser gives one origin six connections, and the event stream and the page need theirs. */
const atOnce = 3

/** The room's uploads: starts, pauses, tries again, and finds those that a reload interrupted. */
export class UploadQueue {
  readonly views = signal<UploadView[]>([])
  private items: Item[] = []
  private next = 1

  /** load    the upload client, fetched with the first upload */
  constructor(
    private readonly room: string, private readonly roomId: string, private readonly onDone: (name: string) => void,
    private readonly load: () => Promise<Tus> = () => import('tus-js-client'),
  ) {
    addEventListener('online', () => this.items.filter(i => i.view.phase === 'retrying').forEach(i => this.tryNow(i.view.id)))
    // A request that hangs on a lost network may take minutes to fail; the browser knows at once.
    addEventListener('offline', () => this.items.filter(i => i.view.phase === 'uploading').forEach(i => this.interrupt(i)))
    this.findInterrupted()
  }

  add(files: { file: File; name: string }[]) {
    for (const { file, name } of files) {
      const known = this.items.find(i => i.view.phase === 'interrupted' && i.view.name === name && i.view.size === file.size)
      const item = known ?? this.newItem(name, file.size)
      item.file = file
      this.set(item, { phase: 'waiting' })
    }
    this.pump()
  }

  pause(id: number) {
    const item = this.of(id)
    void item.tus?.abort()
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
    if (item.tus) void item.tus.abort(true).catch(() => undefined)
    else if (item.view.fileId) void removeFile(this.room, item.view.fileId).catch(() => undefined)
    this.forgetRecord(item)
    this.drop(item)
    this.pump()
  }

  /** The room has ended: nothing goes on, and nothing is kept of it. */
  stop() {
    for (const item of this.items) {
      clearTimeout(item.timer)
      void item.tus?.abort()
      this.forgetRecord(item)
    }
    this.items = []
    this.show()
  }

  private pump() {
    const running = this.items.filter(i => i.view.phase === 'uploading').length
    this.items.filter(i => i.view.phase === 'waiting').slice(0, Math.max(0, atOnce - running)).forEach(i => this.start(i))
  }

  private start(item: Item) {
    if (!item.file) return
    this.set(item, { phase: 'uploading', code: '', field: '' })
    item.lastAt = performance.now()
    item.lastSent = item.view.sent
    void this.open(item)
  }

  private async open(item: Item) {
    if (!item.tus) {
      const { Upload } = await this.load()
      item.tus = new Upload(item.file!, {
        endpoint: apiPath(this.room, '/files'),
        metadata: { filename: item.view.name, filetype: item.file!.type || 'application/octet-stream' },
        retryDelays: null,
        storeFingerprintForResuming: false,
        uploadUrl: this.record(item),
        uploadDataDuringCreation: item.file!.size < 1_000_000,
        onUploadUrlAvailable: () => this.keepRecord(item, item.tus!.url!),
        onProgress: sent => this.progressed(item, sent),
        onSuccess: () => this.finished(item),
        onError: error => this.failed(item, error as DetailedError),
      })
    }
    if (item.view.phase === 'uploading') item.tus.start()
  }

  private progressed(item: Item, sent: number) {
    const now = performance.now()
    item.attempt = 0
    if (now - item.lastAt < 250) return
    const speed = ((sent - item.lastSent) * 1000) / (now - item.lastAt)
    item.lastAt = now
    item.lastSent = sent
    this.set(item, { sent, speed: item.view.speed === 0 ? speed : item.view.speed * 0.7 + speed * 0.3 })
  }

  private finished(item: Item) {
    this.forgetRecord(item)
    this.drop(item)
    this.onDone(item.view.name)
    this.pump()
  }

  private failed(item: Item, error: DetailedError) {
    const response = error.originalResponse
    const status = response?.getStatus() ?? 0
    // An upload the server no longer knows is begun anew.
    if ((status === 404 || status === 403) && this.record(item) && item.attempt === 0) {
      this.forgetRecord(item)
      item.tus = null
      item.attempt = 1
      return this.start(item)
    }
    const verdict = judge(status, item.attempt++, Number(response?.getHeader('Retry-After') ?? 0))
    if (verdict.do !== 'retry') {
      this.set(item, { phase: 'failed', speed: 0, ...refusalIn(response?.getBody()) })
      return this.pump()
    }
    this.retryIn(item, verdict.afterMs)
    this.pump()
  }

  private interrupt(item: Item) {
    void item.tus?.abort()
    this.retryIn(item, 30_000)
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
    const view: UploadView = { id: this.next++, name, size, sent: 0, phase: 'waiting', speed: 0, retryAt: 0, fileId: '', code: '', field: '' }
    const item: Item = { view, file: null, tus: null, attempt: 0, timer: undefined, lastSent: 0, lastAt: 0 }
    this.items.push(item)
    return item
  }

  private of = (id: number) => this.items.find(i => i.view.id === id)!
  private set(item: Item, change: Partial<UploadView>) {
    item.view = { ...item.view, ...change }
    this.show()
  }
  private drop(item: Item) {
    this.items = this.items.filter(i => i !== item)
    this.show()
  }
  private show = () => (this.views.value = this.items.map(i => i.view))

  // Where an upload stands on the server, kept so that choosing the same file after a reload goes on. Keyed by the room's id:
  // a later room of the same name has nothing to go on with.
  private prefix = () => `fleeting-upload-${this.roomId}-`
  private recordKey = (item: Item) => `${this.prefix()}${item.view.size}-${item.view.name}`
  private record = (item: Item) => localStorage.getItem(this.recordKey(item))
  private keepRecord = (item: Item, url: string) => localStorage.setItem(this.recordKey(item), url)
  private forgetRecord = (item: Item) => localStorage.removeItem(this.recordKey(item))
  private findInterrupted() {
    for (const key of Object.keys(localStorage)) {
      const [, size, name] = key.startsWith(this.prefix()) ? (/^(\d+)-(.*)$/s.exec(key.slice(this.prefix().length)) ?? []) : []
      if (!size || !name) continue
      const { view } = this.newItem(name, Number(size))
      view.phase = 'interrupted'
      view.fileId = localStorage.getItem(key)!.split('/').at(-1)!
    }
    this.show()
  }
}

function refusalIn(body: string | undefined): { code: string; field: string } {
  try {
    const problem = JSON.parse(body ?? '') as { code?: string; field?: string }
    return { code: problem.code ?? 'unavailable', field: problem.field ?? '' }
  } catch {
    return { code: 'unavailable', field: '' }
  }
}
