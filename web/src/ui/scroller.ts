import { useLayoutEffect, useRef } from 'preact/hooks'

/** For what scrolls in a box of its own: a tab stop while there is more than shows, since not every browser gives it one (WCAG 2.1.1). */
export function useScroller<E extends HTMLElement>() {
  const box = useRef<E>(null)
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    if (element.scrollHeight > element.clientHeight) element.tabIndex = 0
    else element.removeAttribute('tabindex')
  })
  return box
}
