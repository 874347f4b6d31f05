import { signal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { persistently } from '../core/later'

/** A component whose code is a chunk of its own. `load` fetches it ahead of its first use; until it is there, nothing is drawn. */
export function lazy<P extends object>(fetchIt: () => Promise<ComponentType<P>>) {
  const made = signal<ComponentType<P> | null>(null)
  let asked = false
  const load = () => {
    if (asked) return
    asked = true
    void persistently(fetchIt).then(component => (made.value = component))
  }
  const Lazy = (props: P) => {
    useEffect(load, [])
    return made.value && <made.value {...props} />
  }
  return Object.assign(Lazy, { load })
}
