/** The parts of a file that goes up piece by piece, and which of them the server has recorded. Numbers begin with 1. */
export class Parts {
  recordedBytes = 0
  private readonly recorded = new Set<number>()

  constructor(private readonly size: number, private readonly partSize: number) {}

  /** Where it begins, and where the next one does. */
  rangeOf(number: number): [number, number] {
    return [(number - 1) * this.partSize, Math.min(number * this.partSize, this.size)]
  }

  record(number: number) {
    if (this.recorded.has(number)) return
    this.recorded.add(number)
    const [from, to] = this.rangeOf(number)
    this.recordedBytes += to - from
  }

  /** The first that is neither recorded nor on its way; 0 where there is none. */
  next(onTheirWay: { has: (number: number) => boolean }): number {
    for (let number = 1; (number - 1) * this.partSize < this.size; number++)
      if (!this.recorded.has(number) && !onTheirWay.has(number)) return number
    return 0
  }
}
