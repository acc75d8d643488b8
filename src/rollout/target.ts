import type { MetadataOptions } from './options.js';
import { scopeOf } from './scope.js';

/**
 * One instance of the plan, pinned by its ARN (names are reused after a deletion; API reference of GetInstance).
 * A batch's targets are its undo log, so this holds all that a restore needs and nothing else.
 */
export interface Target {
  readonly arn: string;
  readonly name: string;
  /** As found by the plan: `httpTokens` and the asked fields. */
  readonly before: MetadataOptions;
  /** The asked fields with the values wanted for them; its keys are the fields that may be changed. */
  readonly desired: MetadataOptions;
  /** The instance was stopped when planned: its change can't be verified while it is off. */
  readonly stopped?: true;
}

/** A target that is to be restored, with what is known of its change. */
export interface RestoreTarget extends Target {
  /**
   * The last Update that was sent for it has been read back as applied, so that readings can be believed. Otherwise an
   * Update may still land, or be hidden by a stale reading.
   */
  readonly confirmed?: true;
}

/** Everything that a target may be called, where a person names it: the last one is of no other target. */
export function targetNames(target: Pick<Target, 'arn' | 'name'>): [string, string, string] {
  const label = targetLabel(target);
  return [target.name, label, `${scopeOf(target.arn).account}/${label}`];
}

/** @example targetLabel(target) // 'us-east-1/web-7' */
export function targetLabel(target: Pick<Target, 'arn' | 'name'>): string {
  const { region } = scopeOf(target.arn);
  return region === '' ? target.name : `${region}/${target.name}`;
}
