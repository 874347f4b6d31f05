import { signal } from '@preact/signals'

const query = matchMedia('(max-width: 56rem)')

/** Whether the page is one column; the style sheet has the same width. */
export const isNarrow = signal(query.matches)
query.addEventListener('change', () => (isNarrow.value = query.matches))
