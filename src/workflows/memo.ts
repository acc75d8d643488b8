import { upsertMemo } from '@temporalio/workflow';
import { cutReason } from '../rollout/outcome.js';

/** What lists of workflows show, the Temporal UI's and ours: also once it has ended, and where no worker answers. */
export function remember(memo: { readonly spec: string; readonly planHash?: string }): void {
  upsertMemo({ ...memo, spec: cutReason(memo.spec) });
}
