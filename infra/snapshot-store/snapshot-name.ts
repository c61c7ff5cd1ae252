import assert from 'node:assert'

/** Asserts that a snapshot's name can be part of a file name: lower-case letters, digits and hyphens. */
export function assertSnapshotName(name: string): void {
  assert(/^[a-z0-9-]{1,200}$/.test(name), `snapshot name ${JSON.stringify(name)} has other characters than a-z, 0-9, -`)
}
