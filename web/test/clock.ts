interface Timer { at: number; run: () => void }

/** A clock that the test moves, in place of the real timers until the test is over. (Node 18 has no mock timers.) */
export function manualClock(t: { after: (act: () => void) => void }) {
  const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout }
  const timers = new Map<number, Timer>()
  let [now, next] = [0, 1]
  globalThis.setTimeout = ((run: () => void, ms = 0) => {
    timers.set(next, { at: now + ms, run })
    return next++
  }) as never
  globalThis.clearTimeout = ((id: number) => timers.delete(id)) as never
  t.after(() => void Object.assign(globalThis, real))

  const pass = (ms: number) => {
    const end = now + ms
    for (;;) {
      const [id, due] = [...timers].filter(([, timer]) => timer.at <= end).sort(([, a], [, b]) => a.at - b.at)[0] ?? []
      if (!id || !due) break
      now = due.at
      timers.delete(id)
      due.run()
    }
    now = end
  }
  return { pass, now: () => now }
}
