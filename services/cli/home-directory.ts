/** A path of the environment as the XDG specification takes it: a relative one is to be ignored. */
export function absolutePath(path: string | undefined): string | undefined {
  return path?.startsWith('/') ? path : undefined
}

/**
 * The user's home by the system's list of users; `undefined` for none.
 *
 * @param lookUp throws for a user that is not in the list
 */
export function homeOnRecord(lookUp: () => string): string | undefined {
  try {
    return absolutePath(lookUp())
  } catch {
    return undefined
  }
}
