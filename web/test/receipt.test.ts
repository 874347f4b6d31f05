import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError, type Receipt } from '../src/api/types'
import { ReceiptState } from '../src/core/receipt'
import { manualClock } from './clock'

const statement = JSON.stringify({ kind: 'fleeting-receipt-1', bytes_erased_at: '2026-01-01T10:00:00.800Z', late_ms: 800, files: 12, bytes: 340_000_000 })
const receipt: Receipt = { statement, signature: 'c2ln', public_key: 'PEM' }
const refusal = (code: string, status = 409) => new ApiError(code, status)

/** A state whose server gives those answers, the last one again and again. */
function asking(...answers: (Receipt | Error)[]) {
  let asked = 0
  const state = new ReceiptState(() => {
    const answer = answers[Math.min(asked++, answers.length - 1)]!
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
  })
  return { state, asked: () => asked }
}
/** Lets what has been promised happen. */
const settle = async () => { for (let i = 0; i < 10; i++) await Promise.resolve() }

test('a receipt that is there is told', async () => {
  const { state } = asking(receipt)
  assert.equal(state.stage.value, 'waiting')
  await state.ask()
  assert.equal(state.stage.value, 'there')
  assert.deepEqual([state.erasure.value!.files, state.erasure.value!.late_ms], [12, 800])
})

test('while things are being erased, and while nothing answers, it is asked for each second', async t => {
  const { pass } = manualClock(t)
  const { state, asked } = asking(refusal('not_erased_yet'), refusal('offline', 0), receipt)
  await state.ask()
  assert.equal(state.stage.value, 'waiting')
  pass(999)
  await settle()
  assert.equal(asked(), 1)
  pass(1)
  await settle()
  assert.equal(state.stage.value, 'waiting')
  pass(1000)
  await settle()
  assert.equal(state.stage.value, 'there')
})

test('after a quarter of a minute the page says that it is late, and looks again when it is told to', async t => {
  const { pass } = manualClock(t)
  const answers: (Receipt | Error)[] = [refusal('not_erased_yet')]
  const state = new ReceiptState(() => (answers[0] instanceof Error ? Promise.reject(answers[0]) : Promise.resolve(answers[0]!)))
  await state.ask()
  for (let second = 0; second < 14; second++) {
    pass(1000)
    await settle()
  }
  assert.equal(state.stage.value, 'waiting')
  pass(1000)
  await settle()
  assert.equal(state.stage.value, 'late')
  answers[0] = receipt
  pass(60_000)
  await settle()
  assert.equal(state.stage.value, 'late', 'nobody asks by itself any more')
  await state.ask()
  assert.equal(state.stage.value, 'there')
})

test('who has no right to it is shown nothing, and asks no more', async t => {
  const { pass } = manualClock(t)
  const { state, asked } = asking(refusal('not_found', 404))
  await state.ask()
  assert.equal(state.stage.value, 'none')
  pass(60_000)
  await settle()
  assert.equal(asked(), 1)
})

test('a page that is left asks no more', async t => {
  const { pass } = manualClock(t)
  const { state, asked } = asking(refusal('not_erased_yet'))
  await state.ask()
  state.stop()
  pass(60_000)
  await settle()
  assert.equal(asked(), 1)
})
