/** Gives up where nothing has been heard for `ms`: a network that went without a word would else hold a request for as long as the system tries. */
export function patience(giveUp: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = () => clearTimeout(timer)
  const wait = (ms: number) => {
    stop()
    timer = setTimeout(giveUp, ms)
  }
  return { wait, stop }
}

/** So long a line may stand still at first. On one that did, the next time twice as long: a slow one isn't a dead one. */
export const firstPatienceMs = 60_000
