// What processes have used of the processor, as /proc tells it.
import { readFileSync } from 'node:fs'

const kTick = 1000 / 100 // ms of processor time in a tick of /proc: USER_HZ is 100 on every Linux

/** What `/proc` says there; nothing of a process that has just ended, whose parent counts it from then on. */
function told(path) {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return ''
  }
}

/** Processor time in ms that a process, its children and those it has seen end have used. */
export function processorTime(pid) {
  const fields = told(`${pid}/stat`).replace(/^.*\) /s, '').split(' ')
  const children = told(`${pid}/task/${pid}/children`).split(' ').filter(Boolean)
  const own = fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * kTick, 0)
  return children.reduce((sum, child) => sum + processorTime(Number(child)), own)
}

export const processorTimeOf = nodes => nodes.reduce((sum, node) => sum + processorTime(node.process.pid), 0)
