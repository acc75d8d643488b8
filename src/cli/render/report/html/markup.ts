import { cleanLine } from '../../../../rollout/clean.js';

/** HTML that is known to be well made: everything else is text. */
export class Markup {
  constructor(readonly html: string) {}
}

type Part = string | number | Markup | readonly Markup[];

/**
 * HTML with texts in it: whatever they say, they stay texts; what is HTML already goes in as it is.
 *
 * @example html`<td>${'<script>'}</td>`.html // '<td>&lt;script&gt;</td>'
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.reduce((all, string, index) => all + render(parts[index - 1] ?? '') + string));
}

export const NONE = new Markup('');

/** A text of several lines, escaped; the line breaks stay. */
export function preformatted(text: string): Markup {
  return new Markup(escapeText(text));
}

function render(part: Part): string {
  if (part instanceof Markup) return part.html;
  if (typeof part === 'object') return part.map((each) => each.html).join('');
  return escapeText(cleanLine(String(part)));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? '');
}
