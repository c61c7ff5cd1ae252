import { z } from 'zod'

/** The longest timeout in seconds: the longest delay of Node's timers, 2^31 - 1 milliseconds. */
const timeoutSecondsMax = 2_147_483
const commandWanted = 'must be a string or an array of at least one string'
const retriesMax = 1000
const poolDepthMax = 1_000_000

/** NUL ends a string for the kernel, and half a surrogate pair has no UTF-8: neither can reach a command as written. */
const text = z
  .string('must be a string')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what it refuses
  .regex(/^[^\u0000]*$/, 'must not contain a NUL character')
  .refine((value) => value.isWellFormed(), 'must not contain half of a surrogate pair')
const filled = text.min(1, 'must not be empty')
const texts = z.array(text, 'must be an array of strings')
const paths = z.array(filled, 'must be an array of paths')
const textByName = (what: string) => z.record(filled, text, `must be an object of ${what}`)
const wholeNumber = (minimum: number, maximum: number) =>
  z.int('must be a whole number').min(minimum, `must be at least ${minimum}`).max(maximum, `must be at most ${maximum}`)

const taskShape = z
  .strictObject(
    {
      id: filled.describe('Unique name of the task; a group (a task that only depends on others) is built by it.'),
      source_files: paths
        .optional()
        .describe(
          'Sources compiled to output_path; with a command: further inputs. Relative to the graph’s directory.',
        ),
      dependencies: paths
        .optional()
        .describe('Files whose change makes the task run again; object files and libraries among them are linked.'),
      compile_flags: texts.optional().describe('Arguments for the compiler; libraries are moved after the objects.'),
      output_path: filled.optional().describe('The file the task makes; below the graph’s directory.'),
      timeout_seconds: wholeNumber(1, timeoutSecondsMax)
        .optional()
        .describe('Seconds after which an attempt is killed; absent: no limit.'),
      depends_on: z
        .array(filled, 'must be an array of task ids')
        .optional()
        .describe('Ids of tasks that run before; their outputs are inputs of this task.'),
      command: z
        .union([filled, z.array(text).min(1, commandWanted)], commandWanted)
        .optional()
        .describe('Run instead of the compiler: a line for /bin/sh, or an argument vector that no shell sees.'),
      env: textByName('strings').optional().describe('Variables added to the environment.'),
      cwd: filled
        .optional()
        .describe('Working directory of the command; every path of the task stays relative to the graph’s directory.'),
      inputs: paths.optional().describe('Files whose change makes the task run again.'),
      outputs: paths.optional().describe('Files the task makes besides output_path; below the graph’s directory.'),
      platform: textByName('strings').optional().describe('Properties that the machine must offer.'),
      retries: wholeNumber(0, retriesMax).optional().describe('How often a failed attempt is tried again; absent: 0.'),
      priority: wholeNumber(-1_000_000_000, 1_000_000_000).optional().describe('Larger runs earlier; absent: 0.'),
      pool: filled.optional().describe('Pool that bounds how many such tasks run at once; "console" is always there.'),
      cacheable: z
        .boolean('must be true or false')
        .optional()
        .describe('false: the result is neither taken from a cache nor put there.'),
      description: text.optional().describe('One line for people, shown while the task runs.'),
      depfile: filled
        .optional()
        .describe('Makefile-style file in which the command lists what it read; read and removed after the run.'),
    },
    'must be an object',
  )
  .describe(
    'With a command: runs it. Else with source_files: compiles (and, unless output_path ends in .o, links) them. Else ' +
      'with an output_path: links. Else: a group of the tasks it depends on.',
  )

const targets = z.array(filled, 'must be an array of task ids or paths')

/** The form of a JSON graph; `machines/graph/json/json-graph.schema.json` is generated from it, which a test checks. */
export const jsonGraphShape = z
  .strictObject(
    {
      $schema: z.string('must be a string').optional().describe('Address of this schema, for editors.'),
      version: z.literal(1, 'must be 1').optional().describe('Version of the form; absent: 1.'),
      tasks: z.array(taskShape, 'must be an array of tasks').describe('The tasks, in any order.'),
      pools: z
        .record(filled, wholeNumber(0, poolDepthMax), 'must be an object of pool depths')
        .optional()
        .describe('Pool name to how many of its tasks run at once; 0 is unbounded.'),
      default_targets: targets.optional().describe('Task ids or files built when no target is named.'),
      defaults: targets.optional().describe('The same as default_targets; only one of the two may be given.'),
    },
    'must be an object',
  )
  .meta({
    title: 'Millrace JSON build graph',
    description: 'A build graph: tasks, the files they read and make, and the tasks they depend on.',
    examples: [
      {
        version: 1,
        tasks: [
          { id: 'main.o', source_files: ['src/main.cpp'], compile_flags: ['-O2'], output_path: 'build/main.o' },
          { id: 'app', depends_on: ['main.o'], compile_flags: ['-lm'], output_path: 'build/app', timeout_seconds: 60 },
          {
            id: 'test',
            command: './build/app > build/test.log',
            depends_on: ['app'],
            outputs: ['build/test.log'],
            retries: 1,
          },
          { id: 'all', depends_on: ['app', 'test'] },
        ],
        default_targets: ['all'],
      },
    ],
  })

export type JsonGraph = z.infer<typeof jsonGraphShape>
export type JsonTask = JsonGraph['tasks'][number]

/** Property names of the document and of a task, for suggestions. */
export const jsonGraphPropertyNames = Object.keys(jsonGraphShape.shape)
export const jsonTaskPropertyNames = Object.keys(taskShape.shape)
