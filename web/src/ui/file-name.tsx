import { partsOf, shownName } from '../core/names'

/** A name as its file system has it: isolated from the text around it, the ending apart, what hides spelt out. */
export function FileName({ name }: { name: string }) {
  const { folder, stem, ending } = shownName(name)
  return (
    <bdi class="title">
      {folder && <bdi class="soft"><Parts text={folder} /></bdi>}
      <bdi><Parts text={stem} /></bdi>
      {ending && <bdi class="ending"><Parts text={ending} /></bdi>}
    </bdi>
  )
}

const Parts = ({ text }: { text: string }) =>
  <>{partsOf(text).map((part, i) => (part.hidden ? <span key={i} class="hidden-mark">{part.text}</span> : part.text))}</>
