import { ApiError } from '../api/types'
import { t } from '../i18n/en'

/**
 * A refusal as a sentence that says what to do.
 *
 * code    the server's stable code, or `offline`
 * field   what was at fault: some codes mean another thing for each
 */
export function sentenceOf(code: string, field = '', retryAfter = 0): string {
  if (code === 'rate_limited' && retryAfter > 1) return t.tooManyTries(retryAfter)
  return t.errors[`${code}:${field}`] ?? t.errors[code] ?? t.errors.unavailable!
}

/** The same of whatever was thrown: what isn't a refusal is a bug or a lost server. */
export const sentenceFor = (error: unknown): string =>
  error instanceof ApiError ? sentenceOf(error.code, error.field, error.retryAfter) : sentenceOf('unavailable')
