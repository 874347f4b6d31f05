import type { Signal } from '@preact/signals'

/** How long one may think better of it. */
export const undoMs = 8000

type Send = (id: string, leaving: boolean) => Promise<void>

/** Files taken off the table here that the server doesn't know of yet: a removal goes out when its time to undo it is over. */
export class Removals {
  private timers = new Map<string, ReturnType<typeof setTimeout>>()

  /**
   * pending   the files that are folded away, for whoever shows them, and whether each can still be put back
   * send      asks the server; `leaving` where the page goes away and won't hear the answer
   * onError   told what the server said against it; the file is back by then
   */
  constructor(
    private readonly pending: Signal<ReadonlyMap<string, boolean>>, private readonly send: Send, private readonly onError: (error: unknown) => void,
  ) {}

  remove(id: string) {
    if (this.timers.has(id)) return
    this.timers.set(id, setTimeout(() => void this.goOut(id, false), undoMs))
    this.pending.value = new Map(this.pending.value).set(id, true)
  }

  undo(id: string) {
    if (!this.timers.has(id)) return
    clearTimeout(this.timers.get(id))
    this.timers.delete(id)
    this.settle(id)
  }

  /** The page goes away: what was removed on it is removed, once the promise is kept. */
  flush() {
    return Promise.all([...this.timers.keys()].map(id => this.goOut(id, true)))
  }

  private async goOut(id: string, leaving: boolean) {
    clearTimeout(this.timers.get(id))
    this.timers.delete(id)
    this.pending.value = new Map(this.pending.value).set(id, false)
    try {
      await this.send(id, leaving)
    } catch (error) {
      this.settle(id)
      this.onError(error)
    }
  }

  private settle(id: string) {
    const left = new Map(this.pending.value)
    left.delete(id)
    this.pending.value = left
  }
}
