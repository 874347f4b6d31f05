import { ApiError } from '../api/types'
import { t } from '../i18n'
import { formatClock } from './format'

/**
 * A refusal as a sentence that says what to do.
 *
 * code    the server's stable code, or `offline`
 * field   what was at fault: some codes mean another thing for each
 */
export function sentenceOf(code: string, field = '', retryAfter = 0): string {
  if (code === 'rate_limited' && retryAfter > 1) return t.tooManyTries(formatClock(retryAfter))
  const sentences: Record<string, string | undefined> = t.errors
  return sentences[`${code}:${field}`] ?? sentences[code] ?? t.errors.unavailable
}

/** The same of whatever was thrown: what isn't a refusal is a bug or a lost server. */
export const sentenceFor = (error: unknown): string =>
  error instanceof ApiError ? sentenceOf(error.code, error.field, error.retryAfter) + triesOf(error) : sentenceOf('unavailable')

const triesOf = ({ triesLeft }: ApiError) => (triesLeft === undefined ? '' : ` ${t.triesLeft(triesLeft)}`)
