import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '../src/api/types'
import { sentenceFor, sentenceOf } from '../src/core/sentences'
import { t } from '../src/i18n'

test('one code says another thing for each field', () => {
  const sentences = ['name', 'nickname', 'filename'].map(field => sentenceOf('invalid_name', field))
  assert.equal(new Set(sentences).size, 3)
  assert.match(sentences[0]!, /room’s name/)
  assert.notEqual(sentenceOf('invalid_request', 'ttl_seconds'), sentenceOf('invalid_request', 'color'))
})

test('what an upload can be refused with has a sentence of its own', () => {
  const general = sentenceOf('unavailable')
  for (const code of ['invalid_request', 'offset_conflict', 'checksum_mismatch', 'upload_busy', 'length_conflict', 'file_too_large', 'room_full', 'uploads_locked',
    'content_blocked', 'address_blocked', 'file_infected'])
    assert.notEqual(sentenceOf(code), general, code)
})

test('a wait is told as a clock that counts down, and claims nothing about others', () => {
  assert.equal(sentenceFor(new ApiError('rate_limited', 429, '', 48)), 'Too many tries. Again in 0:48.')
})

test('the last tries are told with a slip', () => {
  const slip = (left: number | undefined) => sentenceFor(new ApiError('not_admitted', 401, '', 0, null, left))
  assert.match(slip(3), /^That name and password .* 3 tries left\.$/)
  assert.match(slip(1), / One try left\.$/)
  assert.doesNotMatch(slip(undefined), /left/)
})

test('every sentence is one', () => {
  for (const [code, text] of Object.entries(t.errors)) assert.match(text, /^\p{Lu}.*\.$/u, code)
})

test('what nobody foresaw is still a sentence', () => {
  assert.equal(sentenceOf('brand_new'), sentenceOf('unavailable'))
  assert.equal(sentenceFor(new TypeError('bug')), sentenceOf('unavailable'))
})
