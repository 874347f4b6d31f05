// What attacks and their measure need: many requests at once, how long they took, what a process holds.
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ask } from './ask.mjs'

/** Longer in the nightly run. */
export const isNightly = process.env.NIGHTLY === 'yes'

/** Runs `work(i)` for i below `count`, `width` at once; the results in order. */
export async function inParallel(count, width, work) {
  const results = new Array(count)
  let next = 0
  await Promise.all(Array.from({ length: width }, async () => { while (next < count) { const i = next++; results[i] = await work(i) } }))
  return results
}

/** Goes on with `work` on `width` connections until `until` says so; how often each result came. */
export async function flood(width, until, work) {
  const agent = new Agent({ keepAlive: true, maxSockets: width })
  const counts = {}
  let i = 0
  await Promise.all(Array.from({ length: width }, async () => {
    while (!until()) {
      const result = await work(i++, agent)
      counts[result] = (counts[result] ?? 0) + 1
    }
  }))
  agent.destroy()
  return counts
}

export const percentile = (numbers, share) => [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))]

/** GETs one after the other, some `pause` ms apart, until `until`; how long each took, in ms. What fails throws. */
export async function timed(server, path, headers, until, pause = 5) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const took = []
  while (!until()) {
    const begun = performance.now()
    const answer = await ask(server, 'GET', path, { headers, agent })
    took.push(performance.now() - begun)
    if (answer.status !== 200 || answer.cut) throw new Error(`${path}: ${answer.status}`)
    await new Promise(resolve => setTimeout(resolve, pause))
  }
  agent.destroy()
  return took
}

/** A process's memory in MiB: what it holds now (`VmRSS`), or has held at most (`VmHWM`). */
export const memoryOf = (pid, what = 'VmRSS') => Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
/** Has the process's `VmHWM` begin anew, from what it has now: a password's check before may have taken more. proc(5), clear_refs. */
export const forgetPeakOf = pid => writeFileSync(`/proc/${pid}/clear_refs`, '5')
const linkOf = path => { try { return readlinkSync(path) } catch { return '' } }
/** What a process's descriptors are of. Without the folders of blobs: the store keeps each open once it has seen it. */
export const descriptorsOf = pid => readdirSync(`/proc/${pid}/fd`).map(fd => linkOf(`/proc/${pid}/fd/${fd}`)).filter(path => !/\/blobs\/[0-9a-f]{2}$/.test(path))

/** `wrk` against an address for so many seconds, with a script in Lua: a client that costs this process no time. */
export async function wrk(folder, url, { connections, seconds, lua }) {
  const script = join(folder, 'wrk.lua')
  writeFileSync(script, lua)
  const { stdout } = await promisify(execFile)('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '-s', script, url])
  return stdout
}

/** Figures are told, and kept where docs/trust.md finds them; speed alone fails nothing. */
export const tell = (what, value) => console.log(`figure: ${what}: ${value}`)
