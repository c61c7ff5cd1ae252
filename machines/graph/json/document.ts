import type { z } from 'zod'
import type { GraphError } from '../build-graph.ts'
import { closestName } from '../closest-name.ts'
import { positionAt } from '../text-position.ts'
import { type JsonPath, offsetOfJsonPath } from './offset.ts'
import { findJsonSyntaxError } from './syntax-error.ts'

/** What is wrong with the value (or with `at: 'key'` the property name) at a path of a JSON document. */
export interface JsonDefect {
  readonly path: JsonPath
  readonly at?: 'key'
  readonly message: string
  readonly mend?: string
  /** The value that this one contradicts; the message then ends with its line. */
  readonly earlier?: JsonPath
}

/** The longest text a reader takes, in UTF-16 code units: 256 Mi, half of the longest string Node can hold. */
export const jsonTextLengthMax = 256 * 1024 * 1024

/** What a kind of JSON document is checked against, and how messages speak of it. */
export interface JsonDocumentForm<T> {
  readonly shape: z.ZodType<T>
  /** The whole document in a sentence: "the graph". */
  readonly name: string
  /** Splits a path into the thing a person knows ("task "app": ") and the property path inside it. */
  readonly describe: (path: JsonPath, root: unknown) => { readonly subject: string; readonly property: JsonPath }
  /** The property names allowed in the object at `path`, for suggestions. */
  readonly propertyNames: (path: JsonPath) => readonly string[]
}

export type JsonDocumentResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: GraphError }

/**
 * Parses `text` and checks it against `form`. The value is the one `JSON.parse` gave, not a copy. Errors: a text that is
 * too long, is not JSON (with the place), or has another shape (the first defect, with its place). A byte order mark is
 * passed over.
 */
export function parseJsonDocument<T>(file: string, text: string, form: JsonDocumentForm<T>): JsonDocumentResult<T> {
  if (text.length > jsonTextLengthMax) {
    return { ok: false, error: { file, message: `the text is larger than ${jsonTextLengthMax / 1024 / 1024} MiB` } }
  }
  const json = withoutByteOrderMark(text)
  let root: unknown
  try {
    root = JSON.parse(json)
  } catch {
    return { ok: false, error: syntaxGraphError(file, json) }
  }
  const checked = form.shape.safeParse(root)
  if (checked.success) return { ok: true, value: root as T }
  return { ok: false, error: locateJsonDefect(file, text, shapeDefect(checked.error.issues[0]!, root, form)) }
}

/** Turns a defect into an error that names its line and column in `text`. */
export function locateJsonDefect(file: string, text: string, defect: JsonDefect): GraphError {
  const { path, at, mend, earlier } = defect
  const json = withoutByteOrderMark(text)
  const position = positionAt(json, offsetOfJsonPath(json, path, at))
  const first = earlier && positionAt(json, offsetOfJsonPath(json, earlier))
  const message = first ? `${defect.message}, first given on line ${first.line}` : defect.message
  return { file, ...position, message, ...(mend === undefined ? {} : { mend }) }
}

/** A name as messages show it: in double quotes, control characters escaped, cut after 200 characters. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name)
}

function withoutByteOrderMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

function syntaxGraphError(file: string, json: string): GraphError {
  const error = findJsonSyntaxError(json) ?? { offset: 0, message: 'JSON.parse refuses it' }
  return { file, ...positionAt(json, error.offset), message: `not JSON: ${error.message}` }
}

function shapeDefect<T>(issue: z.core.$ZodIssue, root: unknown, form: JsonDocumentForm<T>): JsonDefect {
  const path = issue.path as JsonPath
  const { subject, property } = form.describe(path, root)
  if (issue.code === 'unrecognized_keys') {
    const name = issue.keys[0]!
    const near = closestName(name, form.propertyNames(path))
    const message = `${subject}unknown property ${quoteName(name)}`
    return { path: [...path, name], at: 'key', message, ...(near === null ? {} : { mend: `did you mean "${near}"?` }) }
  }
  const value = valueAt(root, path)
  const name = propertyPath(property)
  if (value === undefined) return { path, message: `${subject}${name} is missing` }
  const kind = issue.code === 'invalid_type' && kindOf(value)
  const target = path.length === 0 ? `${form.name} ` : name === '' ? '' : `${name} `
  const message = `${subject}${target}${issue.message}${kind ? `, found ${kind}` : ''}`
  return { path, message }
}

function propertyPath(path: JsonPath): string {
  let name = ''
  for (const step of path) {
    if (typeof step === 'number') name += `[${step}]`
    else name += (name === '' ? '' : '.') + (/^[\w$]+$/.test(step) ? step : quoteName(step))
  }
  return name
}

function valueAt(root: unknown, path: JsonPath): unknown {
  let value = root
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'number') return Math.abs(value) < 1e15 ? `${value}` : 'a number'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
