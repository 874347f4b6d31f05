import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError, type FileEntry, type Snapshot } from '../src/api/types'
import { RoomState } from '../src/core/room'

const created = Date.parse('2026-01-01T00:00:00Z')
const at = (ms: number) => new Date(created + ms).toISOString()
const file = (change: Partial<FileEntry> = {}): FileEntry => ({
  id: 'f1', name: 'a.txt', size_bytes: 10, offset_bytes: 0, state: 'uploading', media_type: '', sha256: null, uploader: 'Tom', uploader_id: 'tom', created_at: at(0), ...change,
})
const inside = () => {
  const state = new RoomState()
  const snapshot: Snapshot = {
    room: { id: 'r', name: 'lab', created_at: at(0), expires_at: at(60_000), version: 1, locked: false, used_bytes: 0, size_limit_bytes: 100, file_size_limit_bytes: 50, file_count_limit: 9 },
    files: [], members: [], server_time: at(30_000), me: { id: 'mara', nickname: 'Mara', role: 'member' },
  }
  state.takeSnapshot(snapshot, 5_000)
  return state
}

test('time left is the server’s, whatever this device’s clock says', () => {
  const state = inside()
  assert.equal(state.msLeft.value, 30_000)
  assert.equal(state.share.value, 0.5)
  state.tick(6_000)
  assert.equal(state.msLeft.value, 29_000)
})

test('what this device waits for is counted down by its own clock', () => {
  const state = inside()
  assert.equal(state.secondsTo(8_000), 3)
  state.tick(6_500)
  assert.equal(state.secondsTo(8_000), 2)
  assert.equal(Date.parse(state.localEnd), 35_000)
})

test('a room whose time is up without a word is asked for, now and then, and over when the server says so', () => {
  const state = inside()
  let asked = 0
  state.askEnd = () => asked++
  state.tick(5_000 + 30_900)
  assert.equal(asked, 0)
  for (let ms = 31_100; ms < 41_000; ms += 250) state.tick(5_000 + ms)
  assert.deepEqual([asked, state.stage.value], [2, 'inside'])
  state.takeRefusal(new ApiError('no_session', 401))
  assert.deepEqual(state.ended.value, { reason: 'expired', ended_at: at(60_000) })
})

test('a room that its owner kept open while nobody told this page stays open', () => {
  const state = inside()
  state.askEnd = () => state.takeSnapshot({ room: { ...state.room.value!, expires_at: at(600_000) }, files: [], members: [], server_time: at(61_000), me: state.me.value! }, 36_000)
  state.tick(36_100)
  assert.deepEqual([state.stage.value, state.msLeft.value], ['inside', 539_000])
})

test('a page that was away tells the end as the server knows it', () => {
  const state = inside()
  assert.equal(state.takeRefusal(new ApiError('room_ended', 410, '', 0, at(40_000))), true)
  assert.deepEqual(state.ended.value, { reason: 'closed', ended_at: at(40_000) })
})

test('a server that forgot the room leaves its deadline, and before that its door', () => {
  const [late, early] = [inside(), inside()]
  late.now.value = created + 60_500
  assert.equal(late.takeRefusal(new ApiError('no_session', 401)), true)
  assert.deepEqual(late.ended.value, { reason: 'expired', ended_at: at(60_000) })
  assert.equal(early.takeRefusal(new ApiError('no_session', 401)), true)
  assert.equal(early.stage.value, 'door')
})

test('a refusal of the moment ends nothing', () => {
  const state = inside()
  assert.equal(state.takeRefusal(new ApiError('busy', 503)), false)
  assert.equal(state.takeRefusal(new TypeError('no network')), false)
  assert.equal(state.stage.value, 'inside')
})

test('late progress never takes a complete file back', () => {
  const state = inside()
  state.takeFile(file({ offset_bytes: 5 }))
  state.takeFile(file({ offset_bytes: 10, state: 'complete' }))
  state.takeFile(file({ offset_bytes: 7 }))
  assert.equal(state.files.value[0]?.state, 'complete')
  assert.equal(state.files.value.length, 1)
  assert.equal(state.room.value?.used_bytes, 10)
})

test('a SHA-256 that follows is taken, and is no second arrival', () => {
  const state = inside()
  state.takeFile(file({ state: 'complete', sha256: null }))
  let arrivals = 0
  state.onArrival = () => arrivals++
  state.takeFile(file({ state: 'complete', sha256: 'abc' }))
  assert.equal(state.files.value[0]?.sha256, 'abc')
  assert.equal(arrivals, 0)
})

test('only the uploader and the owner may remove', () => {
  const state = inside()
  assert.equal(state.mayRemove(file()), false)
  assert.equal(state.mayRemove(file({ uploader_id: 'mara' })), true)
})

/** What the state says from here on, unmerged. */
const heard = (state: RoomState) => {
  const all: string[] = []
  for (const region of [state.news.polite, state.news.assertive]) region.say = news => { all.push(typeof news === 'string' ? news : news.one) }
  return all
}

test('arrivals and removals of others are said', () => {
  const state = inside()
  const said = heard(state)
  state.takeFile(file({ state: 'complete' }))
  state.dropFile('f1', 'Tom')
  assert.deepEqual(said, ['a.txt added by Tom', 'a.txt removed by Tom'])
  assert.equal(state.files.value.length, 0)
})

test('a file that someone else removed is shown a little longer, with who it was; one’s own isn’t', () => {
  const state = inside()
  state.takeFile(file({ id: 'f1', state: 'complete' }))
  state.takeFile(file({ id: 'f2', state: 'complete', uploader_id: 'mara' }))
  state.removing.value = new Set(['f2'])
  state.dropFile('f1', 'Tom', undefined, 6_000)
  state.dropFile('f2', 'Mara', undefined, 6_000)
  assert.deepEqual(state.leaving.value.map(l => [l.file.id, l.by]), [['f1', 'Tom']])
  state.tick(9_999)
  assert.equal(state.leaving.value.length, 1)
  state.tick(10_001)
  assert.equal(state.leaving.value.length, 0)
})

test('a file that was removed stays so, whatever another node still tells of it', () => {
  const state = inside()
  state.takeFile(file({ id: 'f1' }))
  state.dropFile('f1', 'Tom')
  state.takeFile(file({ id: 'f1', offset_bytes: 5 }))
  state.dropFile('f2', 'Tom')
  state.takeFile(file({ id: 'f2' }))
  assert.deepEqual(state.files.value, [])
  assert.equal(state.leaving.value.length, 1)
})

test('what came while the stream was lost has arrived, once', () => {
  const state = inside()
  const arrived: string[] = []
  state.onArrival = f => arrived.push(f.id)
  const snapshot: Snapshot = { room: state.room.value!, files: [file({ state: 'complete' })], members: [], server_time: at(31_000), me: state.me.value! }
  state.takeSnapshot(snapshot, 6_000)
  state.takeSnapshot(snapshot, 7_000)
  assert.deepEqual(arrived, ['f1'])
})

test('who has taken a file is counted once', () => {
  const state = inside()
  state.takeFile(file({ state: 'complete' }))
  state.takeTaken('f1', 'ada')
  state.takeTaken('f1', 'ada')
  assert.deepEqual(state.files.value[0]?.taken_by, ['ada'])
})

test('ten, five and one minute before its end are told, each once', () => {
  const state = inside()
  const said = heard(state)
  state.room.value = { ...state.room.value!, expires_at: at(30_000 + 11 * 60_000) }
  for (let ms = 5_000; ms < 5_000 + 11 * 60_000; ms += 250) state.tick(ms)
  assert.deepEqual(said.map(s => s.split('.')[0]), ['10 minutes left', '5 minutes left', 'One minute left'])
})

test('a nearer end that the owner sets is told', () => {
  const state = inside()
  const room = { ...state.room.value!, expires_at: at(30_000 + 30 * 60_000) }
  state.takeRoom(room)
  const said = heard(state)
  state.takeRoom({ ...room, expires_at: at(30_000 + 5 * 60_000) })
  assert.deepEqual(said.map(s => s.split('.')[0]), ['5 minutes left'])
})

test('a door or uploads that the owner locks are told', () => {
  const state = inside()
  const said = heard(state)
  const room = state.room.value!
  state.takeRoom({ ...room, locked: true })
  state.takeRoom({ ...room, locked: true, door_locked: true })
  state.takeRoom({ ...room, locked: false, door_locked: true })
  assert.equal(said.length, 3)
  assert.match(said[1]!, /door is locked/)
})
