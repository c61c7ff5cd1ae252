import { ManifestError } from './manifest-error.ts'

/** The ninja release whose reading of manifests this folder follows. */
export const ninjaVersion = '1.12.1'

/** Major and minor number; what is no number counts as 0, as in ninja. */
export function parseVersion(version: string): { readonly major: number; readonly minor: number } {
  const [major = '', minor = ''] = version.split('.', 2)
  return { major: Number.parseInt(major, 10) || 0, minor: Number.parseInt(minor, 10) || 0 }
}

/**
 * Compares `ninja_required_version` with what this reader follows. Returns a warning when the manifest was written for
 * an older major version. Throws ManifestError, without a place, when it needs a newer version.
 */
export function checkRequiredVersion(required: string): string | undefined {
  const own = parseVersion(ninjaVersion)
  const wanted = parseVersion(required)
  if (wanted.major > own.major || (wanted.major === own.major && wanted.minor > own.minor)) {
    throw new ManifestError(
      `ninja_required_version ${required} is newer than ninja ${ninjaVersion}, the version that is understood here`,
    )
  }
  if (wanted.major < own.major) {
    return `ninja_required_version ${required} is older than ninja ${ninjaVersion}; it may be read differently`
  }
  return undefined
}
