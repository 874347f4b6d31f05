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

/** the latest miss: what is answered to an earlier one says nothing any more */
let latest: object | null = null

/** A chunk couldn't be had for the nth time. */
export async function missed(tries: number) {
  if (tries < fewTries) return
  const miss = (latest = {})
  const answers = await getLimits().then(() => true, () => false)
  if (miss === latest) isOutdated.value = answers
}

/** It could be had after all. */
export function came<T>(chunk: T): T {
  latest = null
  isOutdated.value = false
  return chunk
}

/** Asks until there is an answer: the server may be away for a moment. `onMiss` hears how often there was none. */
export async function insistently<T>(ask: () => Promise<T>, onMiss: (tries: number) => void = () => undefined): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch {
      onMiss(tries)
      await new Promise(resolve => setTimeout(resolve, againMs))
    }
  }
}

/** What a chunk holds, asked for until it is there. */
export async function persistently<T>(fetchIt: () => Promise<T>): Promise<T> {
  let misses = 0
  const chunk = await insistently(fetchIt, tries => void missed((misses = tries)))
  return misses < fewTries ? chunk : came(chunk)
}
