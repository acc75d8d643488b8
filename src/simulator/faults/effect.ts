import type { EffectSpec } from '../scenario/fault-schema.js';

/**
 * What a fault does to a call. Of the outcomes that leave a write unclear, `html502` applies nothing, while
 * `emptyBody` and `truncatedBody` apply it, unless the fault says otherwise with `applied`.
 */
export type Effect =
  | { readonly kind: 'delayMs' }
  | { readonly kind: 'error'; readonly name: string; readonly message: string | undefined }
  | { readonly kind: 'drop' }
  | { readonly kind: 'applyThenDrop' }
  | { readonly kind: 'html502' | 'emptyBody' | 'truncatedBody'; readonly applied: boolean }
  | { readonly kind: 'operationFailed' }
  | { readonly kind: 'stuckPending' }
  | { readonly kind: 'revertAfterMs'; readonly ms: number }
  | { readonly kind: 'unhealthy'; readonly afterMs: number }
  | { readonly kind: 'tokenless'; readonly perHour: number | null }
  | { readonly kind: 'expiresAfterMs'; readonly ms: number };

/** Turns an effect as it is written, with one key an outcome, into one of the kinds. */
export function compileEffect(spec: EffectSpec): Effect {
  const { applied } = spec;
  if (spec.error !== undefined) return errorEffect(spec.error);
  if (spec.drop) return { kind: 'drop' };
  if (spec.applyThenDrop) return { kind: 'applyThenDrop' };
  if (spec.html502) return { kind: 'html502', applied: applied ?? false };
  if (spec.emptyBody) return { kind: 'emptyBody', applied: applied ?? true };
  if (spec.truncatedBody) return { kind: 'truncatedBody', applied: applied ?? true };
  if (spec.operationFailed) return { kind: 'operationFailed' };
  if (spec.stuckPending) return { kind: 'stuckPending' };
  if (spec.revertAfterMs !== undefined) return { kind: 'revertAfterMs', ms: spec.revertAfterMs };
  if (spec.unhealthy) return { kind: 'unhealthy', afterMs: spec.unhealthy === true ? 0 : spec.unhealthy.afterMs };
  if (spec.tokenless !== undefined) return { kind: 'tokenless', perHour: spec.tokenless };
  if (spec.expiresAfterMs !== undefined) return { kind: 'expiresAfterMs', ms: spec.expiresAfterMs };
  return { kind: 'delayMs' };
}

function errorEffect(error: NonNullable<EffectSpec['error']>): Effect {
  if (typeof error === 'string') return { kind: 'error', name: error, message: undefined };
  return { kind: 'error', name: error.name, message: error.message };
}
