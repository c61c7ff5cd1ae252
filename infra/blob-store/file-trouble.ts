/** What went wrong with a file and how to mend it, in one line, judged by the system's code; null for any other error. */
export function fileTrouble(error: unknown): string | null {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return null
  const { code, path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string }
  const place = dest ?? path ?? 'a file of the store'
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return `no space left to write ${place}; free some space on its file system and run again`
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `${place} can't be written; give this user write permission to it and its directory`
    case 'EISDIR':
    case 'ERR_FS_EISDIR':
    case 'ENOTDIR':
      return `${place} can't be written, a directory or file is in its way; move that away`
    case 'EMFILE':
    case 'ENFILE':
      return `too many open files to use ${place}; raise the limit (ulimit -n) and run again`
    default:
      return `${place} can't be read or written (${code}); check its disk and file system`
  }
}
