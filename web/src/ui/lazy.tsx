import { signal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'

const againMs = 2000

/** A component whose code is a chunk of its own. `load` fetches it ahead of its first use; until it is there, nothing is drawn. */
export function lazy<P extends object>(fetchIt: () => Promise<ComponentType<P>>) {
  const made = signal<ComponentType<P> | null>(null)
  let asked = false
  const load = () => {
    if (asked) return
    asked = true
    fetchIt().then(component => (made.value = component), () => setTimeout(again, againMs))
  }
  const again = () => {
    asked = false
    load()
  }
  const Lazy = (props: P) => {
    useEffect(load, [])
    return made.value && <made.value {...props} />
  }
  return Object.assign(Lazy, { load })
}
