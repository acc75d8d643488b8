/** A worker's own workflows, without ours. */
export async function greetWorkflow(name: string): Promise<string> {
  return `hello ${name}`;
}
