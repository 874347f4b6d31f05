// From here straight to the server's store, in parts: the node links and records each, and sees none of the bytes. A chunk of its
// own, fetched with the first file that goes this way.
import { DirectApi, type DirectUpload } from '../api/direct'
import type { ApiError } from '../api/types'
import { Parts } from '../core/parts'
import { Slots } from '../core/slots'
import { digestOf, FileChanged } from './digest'
import { firstPatienceMs } from './patience'
import { putPart, StoreRefusal } from './put-part'
import type { Cargo, Refusal, Transfer, TransferClient, TransferEvents } from './transfer'

/** Of one file at once. */
const partsAtOnce = 3
/**
 * Of all files together: a browser gives the store's origin six connections, and downloads come over them too. What waited there for
 * its turn would find its link expired.
 */
const slots = new Slots(4)
/** So long nothing may arrive at the store before the first file goes another way. */
const storeIsLostMs = 10_000

/** Whether the store can be reached from this browser, by what became of all files' parts. */
export class Reach {
  private hasArrived = false
  private lostSince = 0

  arrived() { this.hasArrived = true }
  /** Tells whether it is out of reach: none ever got there, and this one isn't the first that didn't. */
  lost(now = Date.now()): boolean {
    this.lostSince ||= now
    return !this.hasArrived && now - this.lostSince >= storeIsLostMs
  }
}
const reach = new Reach()

/** A part on its way. */
interface Sending { sent: number; abort: AbortController }

/** How the parts get there; a test has another. */
export interface Ways { put: typeof putPart; digest: typeof digestOf; byTus: () => Promise<TransferClient>; slots: Slots; reach: Reach }

export class DirectTransfer implements Transfer {
  private readonly node: DirectApi
  private id: string
  private creating: Promise<DirectUpload> | null = null
  private isRemoved = false
  /** the present start, until it is refused, stopped or done */
  private run: object | null = null
  /** null until the node has told what it has */
  private parts: Parts | null = null
  private sending = new Map<number, Sending>()
  /** recorded while the node was being asked: its answer may be from before */
  private meanwhile: number[] = []
  private patienceMs = firstPatienceMs
  /** where the node turned out to take no direct uploads, or the store to be out of reach */
  private instead: Transfer | null = null

  constructor(private readonly cargo: Cargo, private readonly on: TransferEvents, private readonly ways: Ways) {
    this.node = new DirectApi(cargo.room)
    this.id = cargo.url?.split('/').at(-1) ?? ''
  }

  start() {
    if (this.instead) return this.instead.start()
    const run = (this.run = {})
    this.parts = null
    this.meanwhile = []
    this.goOn(run).catch((error: unknown) => { if (run === this.run) this.refuse(error) })
  }

  async abort(remove = false) {
    if (this.instead) return this.instead.abort(remove)
    this.run = null
    this.stopSending()
    this.isRemoved ||= remove
    if (remove && this.id) await this.node.remove(this.id)
  }

  private stopSending() {
    this.sending.forEach(part => part.abort.abort())
    this.sending = new Map()
  }

  private async goOn(run: object) {
    const known = await (this.id ? this.node.find(this.id) : this.create())
    if (run !== this.run) return
    if (known.file.state === 'complete') return this.succeed()
    this.parts = new Parts(this.cargo.file.size, known.part_size_bytes)
    for (const { number } of known.parts) this.parts.record(number)
    for (const number of this.meanwhile) this.parts.record(number)
    this.tell()
    this.fill()
  }

  /** Asks once, whatever is stopped and started meanwhile. */
  private create(): Promise<DirectUpload> {
    const { file, name, room } = this.cargo
    const wish = { name, size_bytes: file.size, media_type: file.type || 'application/octet-stream', modified_at: file.lastModified }
    const made = (begun: DirectUpload) => {
      this.id = begun.file.id
      if (this.isRemoved) void this.node.remove(this.id).catch(() => undefined)
      else this.on.onUrl(room.path(`/direct-uploads/${file.lastModified}/${this.id}`))
      return begun
    }
    this.creating ??= this.node.create(wish).then(made).finally(() => { this.creating = null })
    return this.creating
  }

  private fill() {
    const { file } = this.cargo
    const parts = this.parts!
    for (let number; this.sending.size < partsAtOnce && (number = parts.next(this.sending));) void this.send(number, file.slice(...parts.rangeOf(number)))
    if (this.sending.size === 0) void this.finish()
  }

  /** One part. Where it fails no other begins before the next start, but those on their way go on. */
  private async send(number: number, bytes: Blob) {
    const part: Sending = { sent: 0, abort: new AbortController() }
    this.sending.set(number, part)
    const failed = await this.ways.slots.within(() => this.carry(number, bytes, part)).then(() => null, (error: unknown) => ({ error }))
    if (this.sending.get(number) === part) this.sending.delete(number)
    if (failed) return part.abort.signal.aborted ? undefined : this.refuse(failed.error)
    if (!this.parts) return void this.meanwhile.push(number)
    this.parts.record(number)
    this.tell()
    if (this.run) this.fill()
  }

  private async carry(number: number, bytes: Blob, part: Sending) {
    const { signal } = part.abort
    signal.throwIfAborted()
    const { md5, crc32 } = await this.ways.digest(bytes, signal)
    const link = await this.node.link(this.id, number, md5)
    signal.throwIfAborted()
    const etag = await this.ways.put(link, bytes, sent => {
      part.sent = sent
      this.tell()
    }, signal, this.patienceMs)
    this.ways.reach.arrived()
    await this.node.record(this.id, number, { etag, crc32 })
  }

  private async finish() {
    const { run } = this
    const failed = await this.node.complete(this.id).then(() => null, (error: unknown) => ({ error }))
    if (run !== this.run) return
    if (failed) this.refuse(failed.error)
    else this.succeed()
  }

  private tell() {
    if (!this.run || !this.parts) return
    this.on.onProgress([...this.sending.values()].reduce((sum, part) => sum + part.sent, this.parts.recordedBytes))
  }

  private succeed() {
    this.run = null
    this.on.onSuccess()
  }

  private refuse(error: unknown) {
    const { run } = this
    if (!run) return
    if (this.isNoWay(error)) return void this.goByTus(run).catch((lost: unknown) => this.refuse(lost))
    this.run = null
    this.on.onRefusal(refusalOf(error))
  }

  /** The node was started anew, with another store; or none of this file gets to the store, which the node may reach all the same. */
  private isNoWay(error: unknown): boolean {
    if (isProblem(error)) return error.code === 'no_direct_uploads'
    if (!(error instanceof StoreRefusal) || error.status !== 0) return false
    if (error.stoodStill) this.patienceMs *= 2
    return this.ways.reach.lost() && this.parts?.recordedBytes === 0
  }

  private async goByTus(run: object) {
    this.stopSending()
    const { makeTransfer } = await this.ways.byTus()
    // What it has there takes the file's place in the room.
    this.on.onGone()
    if (this.id) await this.node.remove(this.id).catch(() => undefined)
    this.id = ''
    this.instead ??= makeTransfer({ ...this.cargo, url: null }, this.on)
    if (run === this.run) this.instead.start()
  }
}

const isProblem = (error: unknown): error is ApiError => error instanceof Error && 'retryAfter' in error

function refusalOf(error: unknown): Refusal {
  if (isProblem(error)) return { status: error.status, retryAfter: error.retryAfter, code: error.code, field: error.field }
  if (error instanceof FileChanged) return { status: 400, retryAfter: 0, code: 'length_conflict', field: '' }
  // A link that expired, a store that is busy, a network that went: with another link it may go.
  return { status: 0, retryAfter: 0, code: 'unavailable', field: '' }
}

export const makeTransfer: TransferClient['makeTransfer'] = (cargo, on) =>
  new DirectTransfer(cargo, on, { put: putPart, digest: digestOf, byTus: () => import('./client'), slots, reach })
