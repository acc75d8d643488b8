/** Sorts and filters the table of instances; the page says all without it. It is held by its hash in the page's policy. */
export const SCRIPT = `
(() => {
  const table = document.getElementById('instance-table');
  const controls = document.getElementById('controls');
  if (!table || !controls) return;
  const body = table.tBodies[0];
  const [search, outcome, stage] = ['search', 'outcome', 'stage'].map((id) => document.getElementById(id));
  const shown = document.getElementById('shown');
  const collator = new Intl.Collator('en', { numeric: true });
  let rows = Array.from(body.rows);
  const texts = new Map();
  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
    return texts.get(row);
  };
  const filter = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const fits =
        (!outcome.value || row.dataset.outcome === outcome.value) &&
        (!stage.value || row.dataset.stage === stage.value) &&
        words.every((word) => textOf(row).includes(word));
      if (row.hidden === fits) row.hidden = !fits;
      if (fits) count += 1;
    }
    shown.textContent = count.toLocaleString('en') + ' of ' + rows.length.toLocaleString('en') + ' shown';
  };
  let pending = 0;
  const soon = () => {
    clearTimeout(pending);
    pending = setTimeout(filter, rows.length > 2000 ? 150 : 0);
  };
  search.addEventListener('input', soon);
  outcome.addEventListener('change', filter);
  stage.addEventListener('change', filter);
  const heads = Array.from(table.tHead.rows[0].cells);
  const sort = (head, column) => {
    const descending = head.getAttribute('aria-sort') === 'ascending';
    for (const each of heads) each.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
    const keyOf = (row) => row.cells[column].dataset.key ?? row.cells[column].textContent;
    const keyed = rows.map((row) => [keyOf(row), row]);
    const sign = descending ? -1 : 1;
    keyed.sort(([a], [b]) => (a === '' ? (b === '' ? 0 : 1) : b === '' ? -1 : sign * collator.compare(a, b)));
    rows = keyed.map(([, row]) => row);
    const fragment = document.createDocumentFragment();
    fragment.append(...rows);
    body.append(fragment);
  };
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = head.textContent;
    button.addEventListener('click', () => sort(head, column));
    head.replaceChildren(button);
  });
  controls.hidden = false;
  filter();
})();
`;
