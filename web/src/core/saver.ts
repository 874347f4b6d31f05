import { signal } from '@preact/signals'
import type { FileEntry } from '../api/types'

/** Browsers drop downloads that a page starts in a burst. */
const gapMs = 1000

/** Saves what others put on the table by itself, while it is switched on: one after the other. */
export class Saver {
  readonly isOn = signal(false)
  private waiting: FileEntry[] = []
  private timer: ReturnType<typeof setTimeout> | undefined

  /** save    starts the download of one file */
  constructor(private readonly save: (file: FileEntry) => void) {}

  take(file: FileEntry) {
    if (!this.isOn.value) return
    this.waiting.push(file)
    this.timer ??= setTimeout(() => this.next(), 0)
  }

  /** Whatever still waits isn't saved any more. */
  switch(on: boolean) {
    this.isOn.value = on
    if (!on) this.waiting = []
  }

  private next() {
    const file = this.waiting.shift()
    this.timer = file && setTimeout(() => this.next(), gapMs)
    if (file) this.save(file)
  }
}
