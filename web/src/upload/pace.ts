/** Bytes a second, smoothed, from how far an upload has come. */
export class Pace {
  speed = 0
  private last: { at: number; sent: number } | null = null

  /** Whether enough time has passed to say something new. What the server had before the first time is nobody's speed. */
  take(sent: number): boolean {
    const at = performance.now()
    if (this.last && at - this.last.at < 250) return false
    if (this.last) {
      const speed = ((sent - this.last.sent) * 1000) / (at - this.last.at)
      this.speed = this.speed === 0 ? speed : this.speed * 0.7 + speed * 0.3
    }
    this.last = { at, sent }
    return true
  }
}
