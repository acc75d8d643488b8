import type { AbortMode, Intent, OfferedKey } from './keys.js';

/** A key as Node's readline reads it. */
export interface Key {
  readonly name?: string | undefined;
  /** What the terminal has sent: the character itself, where it is one. */
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
}

/** What a person is being asked, one thing at a time. Nothing is sent before the last answer. */
export type Dialog =
  | { readonly step: 'closed' }
  /** Which of several. */
  | { readonly step: 'choose'; readonly intents: readonly Intent[] }
  /** Yes or no. */
  | { readonly step: 'confirm'; readonly intent: Intent }
  /** Why, if anybody likes to say. */
  | { readonly step: 'reason'; readonly intent: Intent; readonly text: string }
  | { readonly step: 'sending'; readonly intent: Intent };

export const CLOSED: Dialog = { step: 'closed' };

/** What a key leads to beside the next question. */
type Effect =
  | { readonly kind: 'leave' | 'suspend' }
  | { readonly kind: 'send'; readonly intent: Intent; readonly reason?: string };

export interface Pressed {
  readonly dialog: Dialog;
  readonly effect?: Effect;
}

/** As long as a rollout keeps of it. */
const MAX_REASON = 300;

/** Which key stands for which way to abort. */
export const MODE_KEYS = { halt: 'h', rollback: 'b' } as const satisfies Record<AbortMode, string>;

/** One key further. Pure: what is to be done is said in `effect`. */
export function press(dialog: Dialog, key: Key, offered: readonly OfferedKey[]): Pressed {
  if (key.ctrl && key.name === 'c') return { dialog, effect: { kind: 'leave' } };
  if (key.ctrl && key.name === 'z') return { dialog, effect: { kind: 'suspend' } };
  switch (dialog.step) {
    case 'closed':
      return pressOffered(key, offered);
    case 'choose':
      return pressChoice(dialog, key);
    case 'confirm':
      return pressAnswer(dialog, key);
    case 'reason':
      return pressText(dialog, key);
    case 'sending':
      return key.name === 'q' ? { dialog, effect: { kind: 'leave' } } : { dialog };
    default:
      return dialog satisfies never;
  }
}

function pressOffered(key: Key, offered: readonly OfferedKey[]): Pressed {
  const pressed = isPlain(key) ? offered.find((offer) => offer.key === key.name) : undefined;
  if (pressed === undefined) return { dialog: CLOSED };
  const [only, ...others] = pressed.intents;
  if (only === undefined) return { dialog: CLOSED, effect: { kind: 'leave' } };
  if (others.length === 0) return { dialog: { step: 'confirm', intent: only } };
  return { dialog: { step: 'choose', intents: pressed.intents } };
}

function pressChoice(dialog: Extract<Dialog, { step: 'choose' }>, key: Key): Pressed {
  const intent = dialog.intents.find((each) => each.kind === 'abort' && MODE_KEYS[each.mode] === key.name);
  if (intent !== undefined && isPlain(key)) return { dialog: { step: 'confirm', intent } };
  return { dialog: isNo(key) ? CLOSED : dialog };
}

function pressAnswer(dialog: Extract<Dialog, { step: 'confirm' }>, key: Key): Pressed {
  if (key.name === 'y' && isPlain(key)) return { dialog: { step: 'reason', intent: dialog.intent, text: '' } };
  // A stray Enter is no consent.
  return { dialog: isNo(key) || key.name === 'return' ? CLOSED : dialog };
}

function pressText(dialog: Extract<Dialog, { step: 'reason' }>, key: Key): Pressed {
  const { intent, text } = dialog;
  if (key.name === 'escape') return { dialog: CLOSED };
  if (key.name === 'return' || key.name === 'enter') {
    const reason = text.trim();
    return {
      dialog: { step: 'sending', intent },
      effect: { kind: 'send', intent, ...(reason !== '' && { reason }) },
    };
  }
  if (key.name === 'backspace') return { dialog: { ...dialog, text: [...text].slice(0, -1).join('') } };
  if (key.ctrl && key.name === 'u') return { dialog: { ...dialog, text: '' } };
  return { dialog: { ...dialog, text: (text + typed(key)).slice(0, MAX_REASON) } };
}

/** The character that was typed; of arrows and other keys that are none, nothing. */
function typed({ sequence = '', ctrl, meta }: Key): string {
  return ctrl || meta || /\p{Cc}/u.test(sequence) ? '' : sequence;
}

function isNo(key: Key): boolean {
  return key.name === 'escape' || (key.name === 'n' && isPlain(key));
}

function isPlain({ ctrl, meta }: Key): boolean {
  return !ctrl && !meta;
}
