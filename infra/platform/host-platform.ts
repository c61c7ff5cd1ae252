import { existsSync, readFileSync, statSync } from 'node:fs'
import { arch, platform, release } from 'node:os'
import { sha256Hex } from '../../events/digest.ts'
import type { WorkerPlatform } from '../../events/worker-status.ts'

/** Where systems write down which packages are installed, by version: Debian's, Alpine's, Arch's and RPM's. */
const packageLists = [
  '/var/lib/dpkg/status',
  '/lib/apk/db/installed',
  '/usr/lib/sysimage/rpm/rpmdb.sqlite',
  '/var/lib/rpm/rpmdb.sqlite',
  '/var/lib/pacman/local/ALPM_DB_VERSION',
]

/** Directories whose programs come from no package: told by when their lists of names changed. */
const localDirectories = ['/usr/local/bin', '/usr/local/lib', '/usr/local/include', '/opt', '/etc/alternatives']

/**
 * What commands find on this host: architecture, system release, installed packages, and what was put in beside them. Hosts that were
 * set up from one image have the same; any other package makes another.
 */
export function hostPlatform({ labels, sandbox, named }: PlatformOptions): WorkerPlatform {
  const os = `${platform()} ${osRelease()}`
  return { fingerprint: named ?? fingerprintOf(`${os} ${sandbox}`), os, arch: arch(), labels }
}

export interface PlatformOptions {
  readonly labels: Readonly<Record<string, string>>
  /** How commands are kept apart: without, they may read what others do not see. */
  readonly sandbox: string
  /** Takes the place of what is found out, for hosts that are known to be alike although they do not look so. */
  readonly named?: string
}

function fingerprintOf(os: string): string {
  const parts = [os, arch(), ...packageLists.map(contentOf), ...localDirectories.map(changedAt)]
  return sha256Hex(parts.join('\0')).slice(0, 32)
}

function osRelease(): string {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  return /^PRETTY_NAME="?([^"\n]+)/m.exec(text)?.[1] ?? release()
}

function contentOf(path: string): string {
  try {
    return sha256Hex(readFileSync(path))
  } catch {
    return ''
  }
}

function changedAt(path: string): string {
  try {
    return String(statSync(path).mtimeMs)
  } catch {
    return ''
  }
}
