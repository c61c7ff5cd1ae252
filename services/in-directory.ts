/** Absolute form of a path that a build graph writes. */
export function inDirectory(directory: string, path: string): string {
  return path.startsWith('/') ? path : `${directory}/${path}`
}
