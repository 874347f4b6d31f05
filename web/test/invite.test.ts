import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inviteLink, parseInvite } from '../src/core/invite'

test('a link gives back the room and the password it was made from', () => {
  for (const [room, password] of [['calm-otter-42', 'a-b-c-d'], ['教室', 'pässwörd #1/&?']] as const) {
    const link = new URL(inviteLink('http://lan', `/files/${encodeURIComponent(room)}/`, password))
    assert.deepEqual(parseInvite(link.pathname, '/files', link.hash), { room, password })
  }
})

test('a broken address is an empty invitation', () => {
  assert.deepEqual(parseInvite('/%zz/', '', '#%zz'), { room: '', password: '' })
  assert.deepEqual(parseInvite('/', '', ''), { room: '', password: '' })
})
