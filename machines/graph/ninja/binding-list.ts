/** The bindings of all edges in one pair of arrays: a map for each edge would cost more than reading it. */
export class BindingList {
  readonly variables: number[] = []
  readonly values: string[] = []

  get length(): number {
    return this.variables.length
  }

  push(variable: number, value: string): void {
    this.variables.push(variable)
    this.values.push(value)
  }
}
