import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Room } from '../src/api/types'
import { endingsOf, lifetimesOf } from '../src/core/lifetimes'

test('the door offers what the server allows, and its own default', () => {
  assert.deepEqual(lifetimesOf({ default: 1800, min: 60, max: 86_400 }), [600, 1800, 3600, 14_400, 86_400])
  assert.deepEqual(lifetimesOf({ default: 900, min: 900, max: 7200 }), [900, 1800, 3600])
  assert.deepEqual(lifetimesOf({ default: 20, min: 10, max: 30 }), [20])
})

test('the owner is offered no end beyond the longest life from the creation on', () => {
  const created = Date.parse('2026-01-01T00:00:00Z')
  const room = { created_at: new Date(created).toISOString() } as Room
  const ttl = { default: 1800, min: 60, max: 7200 }
  assert.deepEqual(endingsOf(room, ttl, created), [300, 1800, 3600])
  assert.deepEqual(endingsOf(room, ttl, created + 3_700_000), [300, 1800])
  assert.deepEqual(endingsOf(room, ttl, created + 7_190_000), [])
})
