import { signal } from '@preact/signals'

/** A sentence, or one of many of its kind that may be said together. */
export interface News {
  /** equal ones merge: the kind of news and whom it is of */
  kind: string
  one: string
  /** the sentence for so many; without it the last one stands for all */
  many?: (count: number) => string
}

/** Between two sentences of one region: who listens to a page shall hear their own keys as well. */
const pauseMs = 5000
/** Then a sentence has been taken up, and goes: who reads the page line by line finds it only where it is shown. */
const standsMs = 3000

/** What a live region says. Sentences that come close together wait, and become one. */
export class Region {
  readonly text = signal('')
  private waiting: News[] = []
  private timer: ReturnType<typeof setTimeout> | undefined
  private quietUntil = 0

  /** now    the clock, in milliseconds; a test has its own */
  constructor(private readonly now: () => number = () => performance.now()) {}

  say(news: News | string) {
    this.waiting.push(typeof news === 'string' ? { kind: news, one: news } : news)
    this.timer ??= setTimeout(() => this.flush(), Math.max(0, this.quietUntil - this.now()))
  }

  private flush() {
    this.timer = undefined
    this.quietUntil = this.now() + pauseMs
    this.text.value = merged(this.waiting)
    this.waiting = []
    setTimeout(() => (this.text.value = ''), standsMs)
  }
}

function merged(all: News[]): string {
  const kinds = new Map<string, News[]>()
  for (const news of all) kinds.set(news.kind, [...(kinds.get(news.kind) ?? []), news])
  return [...kinds.values()].map(group => (group.length > 1 && group[0]!.many?.(group.length)) || group.at(-1)!.one).join(' ')
}

/** The page's two live regions. */
export class Announcer {
  readonly polite = new Region()
  readonly assertive = new Region()
}
