import { signal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'

/** A component whose code comes with its first use; until then, and where it can't be had, there is nothing. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>) {
  const made = signal<ComponentType<P> | null>(null)
  return function Lazy(props: P) {
    useEffect(() => {
      if (!made.value) load().then(component => (made.value = component), () => undefined)
    }, [])
    return made.value && <made.value {...props} />
  }
}
