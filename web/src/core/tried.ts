/** What `act` comes to; `otherwise` where it fails, as all does with a storage that is missing, full or forbidden. */
export function tried<T>(act: () => T, otherwise: T): T {
  try {
    return act()
  } catch {
    return otherwise
  }
}
