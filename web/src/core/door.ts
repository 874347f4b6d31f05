import { signal } from '@preact/signals'
import { ApiError } from '../api/types'
import { sentenceFor } from './sentences'

/** What stands at a room's door: what was refused and why, and how long nobody is let try again. No DOM. */
export class DoorState {
  readonly busy = signal(false)
  readonly refusal = signal('')
  /** seconds until another try is taken; 0 while the door takes one */
  readonly shutFor = signal(0)
  /** how many times name and password didn't fit */
  readonly slips = signal(0)
  private shutUntil = 0

  constructor(private readonly now: () => number = Date.now) {}

  /** Runs what a try does; true where it was let in. */
  async attempt(act: () => Promise<void>): Promise<boolean> {
    this.busy.value = true
    this.refusal.value = ''
    try {
      await act()
      return true
    } catch (error) {
      this.refuse(error)
      return false
    } finally {
      this.busy.value = false
    }
  }

  refuse(error: unknown) {
    if (error instanceof ApiError && error.code === 'rate_limited' && error.retryAfter > 1) this.shutUntil = this.now() + error.retryAfter * 1000
    this.tick()
    this.refusal.value = sentenceFor(error)
    if (error instanceof ApiError && error.code === 'not_admitted') this.slips.value++
  }

  /** To be called every second while the door is shut. */
  tick() {
    const before = this.shutFor.value
    this.shutFor.value = Math.max(0, Math.ceil((this.shutUntil - this.now()) / 1000))
    if (before > 0 && this.shutFor.value === 0) this.refusal.value = ''
  }
}
