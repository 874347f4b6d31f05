/** What to do after an upload's request failed. */
export type Verdict = { do: 'fail' } | { do: 'ended' } | { do: 'retry'; afterMs: number }

/** Codes that another try can't change. */
const final = new Set([400, 403, 404, 413, 415, 507])

/**
 * status    the response's status, 0 where there was none
 * attempt   how many tries have failed in a row, from 0
 */
export function judge(status: number, attempt: number, retryAfterSeconds = 0): Verdict {
  if (status === 401 || status === 410) return { do: 'ended' }
  if (final.has(status)) return { do: 'fail' }
  if (retryAfterSeconds > 0) return { do: 'retry', afterMs: retryAfterSeconds * 1000 }
  return { do: 'retry', afterMs: Math.min(30_000, 500 * 2 ** Math.min(attempt, 6)) }
}
