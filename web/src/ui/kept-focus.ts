import { useLayoutEffect, useRef } from 'preact/hooks'

/** For a box whose buttons take each other's place: the focus of one that is gone goes to the first harmless one there, else to the page's heading. */
export function useKeptFocus<E extends HTMLElement>() {
  const box = useRef<E>(null)
  // Asked while the box is still as it was.
  const hadFocus = !!box.current?.contains(document.activeElement)
  useLayoutEffect(() => {
    if (!hadFocus || document.activeElement !== document.body) return
    const next = box.current?.querySelector<HTMLElement>('button:not(.danger)') ?? box.current?.querySelector('button') ?? document.querySelector('h1')
    next?.focus()
  })
  return box
}
