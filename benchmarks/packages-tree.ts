import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// Packages that each copy one file: as npm's workspaces, and as a ninja manifest.

const nameOf = (index: number) => `p${String(index).padStart(4, '0')}`
const contentOf = (index: number) => `${nameOf(index)}\n`
const folderOf = (tree: string, index: number) => join(tree, 'packages', nameOf(index))

/** The packages without what builds them. */
export function writePackages(tree: string, packagesCount: number): void {
  for (let index = 0; index < packagesCount; index += 1) {
    const folder = folderOf(tree, index)
    mkdirSync(join(folder, 'src'), { recursive: true })
    writeFileSync(join(folder, 'src/file.txt'), contentOf(index))
  }
}

export function writeManifest(tree: string, packagesCount: number): void {
  const lines = ['rule copy', '  command = cp $in $out']
  for (let index = 0; index < packagesCount; index += 1) {
    const folder = `packages/${nameOf(index)}`
    lines.push(`build ${folder}/dist/file.txt: copy ${folder}/src/file.txt`)
  }
  writeFileSync(join(tree, 'build.ninja'), `${lines.join('\n')}\n`)
}

/** @param root what the workspace's own `package.json` has beside its packages */
export function writeWorkspaces(tree: string, packagesCount: number, root: object): void {
  writeJson(join(tree, 'package.json'), { name: 'packages', private: true, workspaces: ['packages/*'], ...root })
  for (let index = 0; index < packagesCount; index += 1) {
    const scripts = { build: 'mkdir -p dist && cp src/file.txt dist/file.txt' }
    writeJson(join(folderOf(tree, index), 'package.json'), { name: nameOf(index), version: '1.0.0', scripts })
  }
}

export function writeJson(path: string, value: object): void {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`)
}

export function removePackageOutputs(tree: string, packagesCount: number): void {
  for (let index = 0; index < packagesCount; index += 1)
    rmSync(join(folderOf(tree, index), 'dist'), { recursive: true })
}

/** Throws unless each package has its copy. */
export function checkPackages(tree: string, packagesCount: number): void {
  for (let index = 0; index < packagesCount; index += 1) {
    const copy = join(folderOf(tree, index), 'dist/file.txt')
    if (readFileSync(copy, 'utf8') !== contentOf(index)) throw new Error(`${copy} is not what was copied`)
  }
}
