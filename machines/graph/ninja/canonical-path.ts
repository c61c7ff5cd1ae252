const SLASH = 47
const DOT = 46

/**
 * The one spelling of a path: no `.`, no `//`, no `..` after a name, no `/` at the end; leading `..` and a leading `/`
 * stay. Purely textual, like ninja's CanonicalizePath on Linux: symbolic links are not looked at, a backslash is an
 * ordinary character, `/..` stays `/..`, and `a/..` is `.`.
 *
 * The empty path has no canonical form and comes back empty; callers refuse it. Never throws.
 */
export function canonicalize(path: string): string {
  return isCanonical(path) ? path : rebuild(path)
}

/** False also for some canonical paths (those with names that begin with a dot); those only take the slower way. */
function isCanonical(path: string): boolean {
  if (path.charCodeAt(0) === DOT || path.includes('/.') || path.includes('//')) return false
  return path.length < 2 || path.charCodeAt(path.length - 1) !== SLASH
}

function rebuild(path: string): string {
  const absolute = path.charCodeAt(0) === SLASH
  const kept: string[] = []
  let names = 0
  for (const component of path.split('/')) {
    if (component === '' || component === '.') continue
    if (component !== '..') {
      kept.push(component)
      names += 1
    } else if (names > 0) {
      kept.pop()
      names -= 1
    } else {
      kept.push('..')
    }
  }
  if (absolute) return `/${kept.join('/')}`
  if (kept.length === 0) return path === '' ? '' : '.'
  return kept.join('/')
}
