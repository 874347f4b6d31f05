import { signal } from '@preact/signals'
import { ApiError, type Receipt } from '../api/types'

/** What a receipt says, of what the page shows. */
export interface Erasure { bytes_erased_at: string; late_ms: number; files: number; bytes: number }

/** `none`: this browser has no right to one, or its day is over. */
export type ReceiptStage = 'waiting' | 'there' | 'late' | 'none'

const againMs = 1000
const patienceMs = 15_000

/** Waits for the receipt of a room that has ended: erasing takes a moment. No DOM. */
export class ReceiptState {
  readonly stage = signal<ReceiptStage>('waiting')
  readonly erasure = signal<Erasure | null>(null)
  private timer: ReturnType<typeof setTimeout> | undefined
  private waited = 0
  private stopped = false

  /** fetchIt    asks the server for the receipt once */
  constructor(private readonly fetchIt: () => Promise<Receipt>) {}

  /** Asks until the receipt is there, for a quarter of a minute at most. */
  async ask() {
    this.stage.value = 'waiting'
    this.waited = 0
    await this.attempt()
  }

  stop() {
    this.stopped = true
    clearTimeout(this.timer)
  }

  private async attempt() {
    try {
      this.erasure.value = JSON.parse((await this.fetchIt()).statement) as Erasure
      this.stage.value = 'there'
    } catch (error) {
      if (this.stopped) return
      if (error instanceof ApiError && error.code === 'not_found') this.stage.value = 'none'
      else if (this.waited >= patienceMs) this.stage.value = 'late'
      else this.timer = setTimeout(() => void this.attempt(), againMs)
      this.waited += againMs
    }
  }
}
