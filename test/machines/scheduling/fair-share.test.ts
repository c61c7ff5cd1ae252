import test from 'ava'
import fc from 'fast-check'
import { type Claimant, nextBuild } from '../../../machines/scheduling/fair-share.ts'

const claimant = (buildId: string, project: string, taken = 0, priority = 0): Claimant => ({
  buildId,
  project,
  priority,
  taken,
})

/** Gives out `slots` tasks, one after the other, as a hub does that has enough of each build. */
function share(builds: readonly Claimant[], slots: number): Record<string, number> {
  const taken: Record<string, number> = Object.fromEntries(builds.map(({ buildId }) => [buildId, 0]))
  const ofProject: Record<string, number> = {}
  for (let i = 0; i < slots; i++) {
    const now = builds.map((build) => ({ ...build, taken: taken[build.buildId]! }))
    const { buildId, project } = nextBuild(now, (name) => ofProject[name] ?? 0)!
    taken[buildId]!++
    ofProject[project] = (ofProject[project] ?? 0) + 1
  }
  return taken
}

test('projects share evenly, and builds the part of their project', (t) => {
  t.deepEqual(share([claimant('1', 'a'), claimant('2', 'a'), claimant('3', 'b')], 8), { 1: 2, 2: 2, 3: 4 })
})

test('a higher priority comes first, whatever its project has', (t) => {
  t.deepEqual(share([claimant('1', 'a'), claimant('2', 'b', 0, 1)], 6), { 1: 0, 2: 6 })
})

test('of equals the older build is first, and of none there is none', (t) => {
  t.is(nextBuild([claimant('2', 'a'), claimant('1', 'a')], () => 0)!.buildId, '1')
  t.is(
    nextBuild([], () => 0),
    undefined,
  )
})

test('no project gets two more than another that wants as much', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 8 }),
      fc.nat(40),
      (projects, slots) => {
        const builds = projects.map((project, i) => claimant(String(i), project))
        const taken = share(builds, slots)
        const sums = [...new Set(projects)].map((project) =>
          builds.reduce((sum, build) => sum + (build.project === project ? taken[build.buildId]! : 0), 0),
        )
        return Math.max(...sums) - Math.min(...sums) <= 1
      },
    ),
  )
  t.pass()
})
