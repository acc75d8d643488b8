import type { UserCheckInput, UserCheckResult } from 'lightsail-imds-rollout';

/** Stands for your monitoring: the agent on worker-3 can't speak IMDSv2, and falls silent once tokens are required. */
async function isReporting(name: string, when: UserCheckInput['when']): Promise<boolean> {
  return name !== 'worker-3' || when === 'before';
}

/** A health check of yours. It is asked about up to 200 instances in one call, before their change and in every reading after it. */
export async function checkReporting({ targets, when }: UserCheckInput): Promise<UserCheckResult[]> {
  return Promise.all(
    targets.map(async ({ arn, name }): Promise<UserCheckResult> => {
      try {
        if (await isReporting(name, when)) return { arn, result: 'pass' };
        return { arn, result: 'fail', reason: 'it sends nothing to the monitoring any more' };
      } catch (error) {
        // The monitoring is away: that says nothing of the instance. It holds the rollout, and fails nobody.
        return { arn, result: 'inconclusive', reason: String(error) };
      }
    }),
  );
}

export async function announce(text: string): Promise<void> {
  console.log(`announced: ${text}`);
}
