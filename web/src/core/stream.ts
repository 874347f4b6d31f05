import { readEvents, textOf, type ServerEvent } from './sse'

interface Hands {
  /** the last event's id: what came after it is told again */
  lastId(): string
  take(event: ServerEvent): void
  /** the stream is open, or has broken */
  changed(open: boolean): void
  /** the server refused it; false: don't ask again */
  refused(): Promise<boolean>
}

const againMs = 1000
/** A comment comes every 15 s: a connection silent for longer, or never answered, is dead, though no one may have noticed (a laptop that slept). */
const silentMs = 40_000

/** A room's event stream, opened anew whenever it breaks. Not an EventSource: that can't begin at an event it hasn't heard itself. */
export class EventStream {
  private request: AbortController | null = null
  private pause: ReturnType<typeof setTimeout> | undefined
  private silence: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly url: string, private readonly hands: Hands) {}

  /** Opens it; one that is open, or waits to be tried again, is begun anew. */
  open() {
    this.close()
    void this.run((this.request = new AbortController()))
  }

  close() {
    this.request?.abort()
    this.request = null
    clearTimeout(this.pause)
    clearTimeout(this.silence)
  }

  private async run(request: AbortController) {
    const goesOn = await this.read(request).catch(() => true)
    if (request.signal.aborted) return
    clearTimeout(this.silence)
    this.hands.changed(false)
    if (goesOn) this.pause = setTimeout(() => this.open(), againMs)
  }

  /** One connection, to its end. false: the server wants no other. */
  private async read(request: AbortController): Promise<boolean> {
    this.listen(request)
    const response = await fetch(this.url, { headers: { 'Last-Event-ID': this.hands.lastId() }, signal: request.signal, cache: 'no-store' })
    if (request.signal.aborted) return false
    if (!response.ok || !response.body) return this.hands.refused()
    this.hands.changed(true)
    this.listen(request)
    await readEvents(textOf(response.body), event => request.signal.aborted || this.hands.take(event), () => this.listen(request))
    return true
  }

  private listen(request: AbortController) {
    clearTimeout(this.silence)
    if (request.signal.aborted) return
    this.silence = setTimeout(() => {
      this.hands.changed(false)
      this.open()
    }, silentMs)
  }
}
