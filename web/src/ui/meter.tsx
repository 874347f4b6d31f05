import { useLayoutEffect, useRef } from 'preact/hooks'

/** A progress bar with a name; `share` from 0 to 1. */
export function Meter({ name, share, tone = '' }: { name: string; share: number; tone?: string }) {
  const bar = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => bar.current?.style.setProperty('--part', share.toFixed(4)), [share])
  return <div ref={bar} class={`meter ${tone}`} role="progressbar" aria-label={name} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)} />
}
