/** When everybody is told how long the room stays open, in minutes before its end. */
const told = [10, 5, 1]
const minuteMs = 60_000

/** The latest of those minutes that lies between two looks at the time left; 0 where none does. */
export function minutesPassed(beforeMs: number, nowMs: number): number {
  return told.filter(minutes => beforeMs > minutes * minuteMs && nowMs <= minutes * minuteMs && nowMs > 0).at(-1) ?? 0
}

/** Whether the page warns: from ten minutes on, but not of a room that was to be that short. */
export const isClosing = (msLeft: number, share: number) => msLeft > 0 && msLeft <= told[0]! * minuteMs && share < 0.5
