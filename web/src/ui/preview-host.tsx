import type { Signal } from '@preact/signals'
import type { FileEntry } from '../api/types'
import { isNote, kindOf } from '../core/kinds'
import { lazy } from './lazy'
import type { PreviewProps } from './preview'

const Preview = lazy<PreviewProps>(() => import('./later').then(module => module.Preview))

/** The preview of the file that is looked at. `looking` is its id, '' for none. */
export function PreviewHost({ room, looking, files }: { room: string; looking: Signal<string>; files: FileEntry[] }) {
  if (!looking.value) return null
  const all = files.filter(f => kindOf(f) && !isNote(f))
  return <Preview room={room} files={all} id={looking.value} onMove={id => (looking.value = id)} onClose={() => (looking.value = '')} />
}
