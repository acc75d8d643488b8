// Takes the anchors of table rows out of the pages: they are numbered through, so that one more property would change hundreds of lines.
import { MarkdownPageEvent } from 'typedoc-plugin-markdown';

export function load(app) {
  app.renderer.on(MarkdownPageEvent.END, (page) => {
    page.contents = page.contents.replaceAll(/<a id="[^"]*"><\/a> /g, '');
  });
}
