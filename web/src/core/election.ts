// Which of a browser's tabs speaks with the server: over HTTP/1.1 a browser has six connections to one server for all its tabs,
// and an event stream in each of six would leave the seventh nothing to load its page with.
//
// The leader says so every second. A tab that hears nothing for three seconds takes over, with a higher term: of two leaders (one was
// asleep, or both began in the same moment) the higher term stays, then the smaller id. For a moment two may lead; that costs a
// connection, nothing else. No lock of the browser's is used: those need a secure context, and a tab that hangs would keep its own.

export type Word =
  | { kind: 'hello'; from: string }
  | { kind: 'beat'; from: string; term: number }
  | { kind: 'bye'; from: string }

export interface Hands {
  say(word: Word): void
  now(): number
  /** 0 to 1, so that not everybody takes over in the same moment */
  random(): number
  /** false: this tab has been out of sight for so long that it leads no more */
  isAwake(): boolean
  lead(): void
  follow(): void
}

export const beatMs = 1000
const patienceMs = 3000
/** How long a new tab waits for a leader's answer. */
const firstMs = 150

export class Election {
  private leads = false
  private term = 0
  private deadline: number

  constructor(private readonly self: string, private readonly hands: Hands) {
    this.deadline = hands.now() + firstMs
    hands.say({ kind: 'hello', from: self })
  }

  get isLeading() {
    return this.leads
  }

  /** In how many milliseconds `tick` is due. */
  get dueIn() {
    const wait = this.deadline - this.hands.now()
    return this.leads || wait <= 0 ? beatMs : wait
  }

  tick() {
    if (this.leads) return this.hands.isAwake() ? this.beat() : this.resign()
    if (this.hands.isAwake() && this.hands.now() >= this.deadline) this.takeOver()
  }

  hear(word: Word) {
    if (word.kind === 'hello' && this.leads) this.beat()
    if (word.kind === 'bye' && !this.leads) this.deadline = this.hands.now() + 300 * this.hands.random()
    if (word.kind !== 'beat') return
    const outranks = word.term > this.term || (word.term === this.term && word.from < this.self)
    if (this.leads && !outranks) return this.beat()
    this.term = Math.max(this.term, word.term)
    this.deadline = this.hands.now() + patienceMs + 1000 * this.hands.random()
    if (this.leads) this.stepDown()
  }

  /** This tab goes, or goes to sleep: another takes over at once. */
  resign() {
    if (!this.leads) return
    this.stepDown()
    this.hands.say({ kind: 'bye', from: this.self })
  }

  private takeOver() {
    this.term++
    this.leads = true
    this.beat()
    this.hands.lead()
  }

  private stepDown() {
    this.leads = false
    this.hands.follow()
  }

  private beat() {
    this.hands.say({ kind: 'beat', from: this.self, term: this.term })
  }
}
