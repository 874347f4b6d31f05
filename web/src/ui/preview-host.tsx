import { useSignal, type Signal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import type { FileEntry } from '../api/types'
import { isNote, kindOf } from '../core/kinds'
import type { PreviewProps } from './preview'

/** Fetches the preview with the first look at a file. `looking` is the id of the file that is looked at, '' for none. */
export function PreviewHost({ room, looking, files }: { room: string; looking: Signal<string>; files: FileEntry[] }) {
  const Dialog = useSignal<ComponentType<PreviewProps> | null>(null)
  useEffect(() => {
    if (looking.value && !Dialog.value) void import('./preview').then(module => (Dialog.value = module.Preview))
  }, [looking.value])
  if (!Dialog.value || !looking.value) return null
  const all = files.filter(f => kindOf(f) && !isNote(f))
  return <Dialog.value room={room} files={all} id={looking.value} onMove={id => (looking.value = id)} onClose={() => (looking.value = '')} />
}
