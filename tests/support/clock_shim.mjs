// Gives a server a wall clock that is wrong, by tests/support/clock_shim.cpp.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeFolder } from './server.mjs'

const source = fileURLToPath(new URL('clock_shim.cpp', import.meta.url))
let library

/** What a server's environment needs so that its clock goes so many milliseconds ahead, or behind. */
export function clockOff(ms) {
  if (!library) {
    library = join(makeFolder('clock'), 'clock_shim.so')
    execFileSync('clang++-19', ['-std=c++23', '-O1', '-shared', '-fPIC', '-Wall', '-Wextra', '-o', library, source])
  }
  return { LD_PRELOAD: library, CLOCK_SHIM_MS: String(ms) }
}
