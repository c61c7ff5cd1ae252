import { z } from 'zod'
import { digest } from './event-schemas-value.ts'

/** The form's version. */
export const buildRequestFormVersion = 1

const name = z
  .string()
  .regex(/^[\w-]{1,128}$/)
  .describe('Letters, digits, - and _.')
const absolutePath = z.string().regex(/^(?:\/(?!\.{1,2}(?:\/|$))[^/\0]+)+$/, 'is no plain absolute path')

/**
 * A request for a build, as it is published on `millrace.requests.<project>`, in JSON. Strict: a property that is not known may
 * have been meant to matter. `build-request.schema.json` is generated from it, which a test checks.
 */
export const buildRequestForm = z
  .strictObject({
    $schema: z.string().exactOptional().describe('Address of this schema, for editors.'),
    version: z.literal(buildRequestFormVersion).exactOptional().describe('Version of the form; absent: 1.'),
    id: z
      .string()
      .regex(/^[\w.-]{1,64}$/)
      .exactOptional()
      .describe('Chosen by the client: a request with the same id, sent again, begins no second build.'),
    source: z
      .union([
        z.strictObject({
          snapshot: digest.describe(
            'Digest (<sha256>/<bytes>) of a REAPI Directory in the cache whose root is that of the file system.',
          ),
          roots: z
            .array(absolutePath)
            .min(1)
            .max(2)
            .describe('Absolute paths of the directories that the files are in: of the build, and of the sources.'),
        }),
        z.strictObject({
          git: z.strictObject({
            url: z.string().min(1).describe('What git clone takes; coordinators and workers fetch it.'),
            revision: z.string().min(1).describe('Branch, tag or commit.'),
          }),
        }),
      ])
      .exactOptional()
      .describe('Where the sources come from; absent: there are none, and the graph is in the request.'),
    prepare: z
      .string()
      .min(1)
      .exactOptional()
      .describe(
        'Shell command that a worker runs in the sources before the graph is read, e.g. cmake -G Ninja -B build.',
      ),
    directory: z
      .string()
      .exactOptional()
      .describe("The graph's directory: relative to the sources, or absolute. Absent: the sources themselves."),
    graph: z
      .union([z.string().min(1), z.record(z.string(), z.unknown())])
      .exactOptional()
      .describe('A file, relative to the directory, or a JSON graph itself. Absent: the usual names are looked for.'),
    targets: z.array(z.string()).exactOptional().describe("What to build; absent or empty: the graph's defaults."),
    environment: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/), z.string())
      .exactOptional()
      .describe('Variables that commands find beside those of the worker.'),
    pool: name.exactOptional().describe('Workers of this pool run the tasks; absent: default.'),
    priority: z
      .int()
      .min(-100)
      .max(100)
      .exactOptional()
      .describe('The build with the higher number comes first; absent: 0.'),
    deadlineMs: z
      .int()
      .positive()
      .max(2_000_000_000)
      .exactOptional()
      .describe('The build is cancelled when it has not ended so many milliseconds after it was accepted.'),
    failuresMax: z
      .int()
      .min(0)
      .exactOptional()
      .describe('Failed tasks after which no further one is started; 0: no limit; absent: 1.'),
    policy: z.enum(['critical-path', 'priority', 'fifo']).exactOptional().describe('Which ready task runs first.'),
    client: z
      .strictObject({ worker: name, tasks: z.array(z.string()) })
      .exactOptional()
      .describe('A worker on the client, and the ids of tasks that can run nowhere else.'),
  })
  .meta({
    examples: [
      {
        source: { git: { url: 'https://example.org/app.git', revision: 'main' } },
        prepare: 'cmake -G Ninja -B build',
        directory: 'build',
        targets: ['app'],
      },
      { graph: { tasks: [{ id: 'hello', command: 'echo hello > hello', outputs: ['hello'] }] } },
    ],
  })

export type BuildRequestForm = z.infer<typeof buildRequestForm>

/** What a request is answered with. */
export type BuildReply = BuildAccepted | BuildRefused

export interface BuildAccepted {
  readonly accepted: true
  readonly buildId: string
  /**
   * What the accepted build survives: `process`: the death of any process, the server's too; `power`: also that of a host.
   */
  readonly durability: 'process' | 'power'
}

export interface BuildRefused {
  readonly accepted: false
  /** One line that says what is wrong and how to mend it. */
  readonly message: string
}
