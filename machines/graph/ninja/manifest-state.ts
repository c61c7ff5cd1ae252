import { BindingList } from './binding-list.ts'
import type { Edge } from './edge.ts'
import { EdgeEvaluator } from './edge-evaluator.ts'
import { FileTable } from './file-table.ts'
import { Scope } from './scope.ts'
import { StatementPaths } from './statement-paths.ts'
import { RULE_VARIABLE_COUNT, VariableTable } from './variable-table.ts'

/** What all files of one manifest (the main one, its includes and subninjas) fill together. */
export class ManifestState {
  readonly readFile: (path: string) => string | null
  readonly files = new FileTable()
  readonly variables = new VariableTable()
  readonly bindings = new BindingList()
  readonly evaluator = new EdgeEvaluator(this.files, this.variables, this.bindings)
  readonly paths = new StatementPaths(this.files)
  readonly rootScope = new Scope()
  readonly edges: Edge[] = []
  readonly pools = new Map<string, number>([['console', 1]])
  readonly defaults = new Set<number>()
  readonly warnings: string[] = []
  /** Every file read so far, in this order. */
  readonly manifests = new Set<string>()

  constructor(readFile: (path: string) => string | null) {
    this.readFile = readFile
    this.rootScope.rules.set('phony', {
      name: 'phony',
      phony: true,
      uses: new Set(),
      values: new Array<undefined>(RULE_VARIABLE_COUNT).fill(undefined),
    })
  }
}
