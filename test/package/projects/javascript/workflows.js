export * from 'lightsail-imds-rollout/workflows';

export async function greetWorkflow(name) {
  return `hello ${name}`;
}
