import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayPass } from '../src/core/lasting'

test('what no other try can change is told from what may pass', () => {
  for (const code of ['file_too_large', 'invalid_name', 'invalid_request', 'length_conflict', 'content_blocked', 'file_infected', 'address_blocked'])
    assert.equal(mayPass(code), false, code)
  for (const code of ['room_full', 'too_many_files', 'storage_full', 'uploads_locked', 'not_found', 'unavailable', 'brand_new'])
    assert.equal(mayPass(code), true, code)
})
