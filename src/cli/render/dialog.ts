import { cleanLine } from '../../rollout/clean.js';
import { countOf, type RolloutStatus } from '../../rollout/status.js';
import type { RunKind } from '../find-rollout.js';
import type { Screen } from '../output.js';
import { type Dialog, MODE_KEYS } from '../watch/dialog.js';
import type { Intent, OfferedKey } from '../watch/keys.js';
import { padEnd, widest, wrap } from './columns.js';

interface Asked {
  readonly status: RolloutStatus | undefined;
  readonly kind: RunKind;
}

/** Hexadecimal digits of a plan hash that tell plans apart. */
const SHORT_HASH = 12;

/**
 * The keys that do something now.
 *
 * @param goesOn - the rollout goes on without this command: otherwise q stops both
 * @example 'p pause  x abort  q leave (the rollout goes on)'
 */
export function renderKeys(
  { paint, width }: Screen,
  keys: readonly OfferedKey[],
  kind: RunKind,
  goesOn: boolean,
): string[] {
  if (keys.length === 0) {
    return goesOn ? wrap(`  Ctrl-C stops watching; the ${kind} goes on.`, width, '  ').map(paint.dim) : [];
  }
  const quit = goesOn ? `leave (the ${kind} goes on)` : `stop (the ${kind} stands still)`;
  const texts = keys.map(({ key, label }) => `${key} ${label ?? quit}`);
  const lines: string[][] = [[]];
  for (const text of texts) {
    const line = lines.at(-1) ?? [];
    if (line.length > 0 && widest([`  ${[...line, text].join('   ')}`]) > width) lines.push([text]);
    else line.push(text);
  }
  return lines.map(
    (line) => `  ${line.map((text) => paint.bold(text[0] ?? '') + paint.dim(text.slice(1))).join('   ')}`,
  );
}

/** The question that is being asked. */
export function renderDialog(
  { paint, width }: Screen,
  dialog: Exclude<Dialog, { step: 'closed' }>,
  asked: Asked,
): string[] {
  const ask = (text: string, ...below: readonly string[]) => [
    ...wrap(`${paint.cyan('?')} ${text}`, width, '  '),
    ...below,
  ];
  switch (dialog.step) {
    case 'choose': {
      const keys = dialog.intents.flatMap((intent) =>
        intent.kind === 'abort' ? [[MODE_KEYS[intent.mode], describeAbort(intent.mode, asked)] as const] : [],
      );
      const lines = [...keys, ['Esc', "don't"] as const].flatMap(([key, text]) =>
        wrap(`  ${paint.bold(padEnd(key, 3))}  ${text}`, width, '       '),
      );
      return ask('Abort the rollout for good? Nothing but that can follow. Which way?', ...lines);
    }
    case 'confirm':
      return ask(`${question(dialog.intent, asked)} ${paint.bold('y/n')}`);
    case 'reason': {
      const lead = `  Why (Enter sends it, Esc doesn't; may be empty): `;
      // The end of what is typed is what its writer looks at.
      const room = Math.max(8, width - widest([lead]) - 1);
      const shown = tail(cleanLine(`${dialog.text}|`).slice(0, -1), room);
      return ask(question(dialog.intent, asked), `${lead}${shown}${paint.inverse(' ')}`);
    }
    case 'sending':
      return ask(`Sends ${dialog.intent.kind} …`);
    default:
      return dialog satisfies never;
  }
}

function question(intent: Intent, { status, kind }: Asked): string {
  switch (intent.kind) {
    case 'pause':
      return 'Pause the rollout? No new change starts; what is in flight is finished.';
    case 'resume':
      return 'Resume the rollout? New changes start again.';
    case 'skipBake':
      return `End the bake${status?.stage === undefined ? '' : ` of stage ${cleanLine(status.stage)}`} now?`;
    case 'approve':
      return describeApproval(intent, status);
    case 'abort':
      return `${askAbort(intent.mode, { status, kind })}?`;
    default:
      return intent satisfies never;
  }
}

/** What is asked before an abort, without its question mark. */
export function askAbort(mode: 'halt' | 'rollback', asked: Asked): string {
  return `Abort the ${asked.kind} for good, and ${describeAbort(mode, asked)}`;
}

function describeApproval(
  { stage, planHash }: Extract<Intent, { kind: 'approve' }>,
  status: RolloutStatus | undefined,
): string {
  const plan = planHash === undefined ? '' : ` (plan ${cleanLine(planHash.slice(0, SHORT_HASH))})`;
  const name = stage === undefined ? 'the stage' : `stage ${cleanLine(stage)}`;
  const size = status?.stages.find((each) => each.name === stage)?.size;
  switch (status?.waiting?.for) {
    case 'evidence':
      return `Go on after ${name}${plan}, which proved nothing?`;
    case 'health':
      return `Go on without the missing readings, in ${name}${plan}?`;
    default:
      return `Let ${name} start${size === undefined ? '' : ` with ${countOf(size, 'instance')}`}${plan}?`;
  }
}

/** What an abort does, with what it concerns. */
function describeAbort(mode: 'halt' | 'rollback', { status, kind }: Asked): string {
  if (status === undefined) {
    if (kind === 'rollback') return 'leave what is not back yet as it is';
    return mode === 'halt' ? 'halt: what is changed stays' : 'roll back: what is changed goes back';
  }
  const { counts } = status;
  const changed = counts.changed ?? 0;
  if (kind === 'rollback') return `leave the ${changed} not back yet as they are`;
  const flight = counts.inFlight;
  return mode === 'halt'
    ? `halt: the ${changed} changed stay${flight === 0 ? '' : `, and so do the ${flight} in flight`}`
    : `roll back: the ${changed} changed go back${flight === 0 ? '' : `, and then the ${flight} in flight`}`;
}

/** The last so many columns of a text. */
function tail(text: string, width: number): string {
  const characters = [...text];
  while (widest([characters.join('')]) > width) characters.shift();
  return characters.join('');
}
