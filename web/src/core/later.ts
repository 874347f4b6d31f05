import { signal } from '@preact/signals'
import { getLimits } from '../api/client'

const againMs = 2000
/** So often a server may be away for a moment. */
const fewTries = 3

/**
 * Chunks can't be had though the server answers: it has those of a newer page, or the browser keeps to its failure for as long as this
 * page lives. Loaded anew the page has them.
 */
export const isOutdated = signal(false)

/** A chunk couldn't be had for the nth time. */
export async function missed(tries: number) {
  if (tries >= fewTries) isOutdated.value = await getLimits().then(() => true, () => false)
}

/** What a chunk holds, asked for until it is there: the server may be away for a moment. */
export async function persistently<T>(fetchIt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      const held = await fetchIt()
      if (tries > fewTries) isOutdated.value = false
      return held
    } catch {
      void missed(tries)
      await new Promise(resolve => setTimeout(resolve, againMs))
    }
  }
}
