import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** What reads something that others have written, or writes something that others read, by how it is called. */
const EXPORTED =
  /^export (?:async )?(?:function\*? |const )((?:parse|read|render|load)\w*|\w+(?:Markdown|Html|Csv|Yaml|Line|Text|Mark|Code|Details|Timing|Json)|as[A-Z]\w*)\b/gm;

/** Parts of what is fuzzed as a whole: by whom they are reached, and where they stand. */
const WITHIN: Readonly<Record<string, readonly string[]>> = {
  checkSpecText: ['cli/spec-file.ts readSpecFile', 'cli/source.ts readSource'],
  readPlanFile: ['cli/start-rollout.ts readRequest'],
  readKeptUndo: ['cli/kept-file.ts readKeptFile'],
  parseSpec: ['rollout/selector-fields.ts nameText'],
  commandLine: ['cli/run/texts.ts keepLine', 'cli/run/texts.ts resumeLine'],
  parseNames: ['cli/commands/bounds-flags.ts readBounds'],
  readUndoFile: [
    'cli/undo-source.ts readHistories',
    'history/undo.ts readUndo',
    'history/earlier-writes.ts readEarlierWrites',
    'history/rollout-record.ts readRollout',
    'history/rollout-record.ts readChain',
    'history/rollout-record.ts readEarlierBatches',
    'history/rollout-record.ts readRecord',
    'history/batch-record.ts readBatch',
    'history/batch-record.ts readUndoRecords',
    'history/activities.ts readTargetEvents',
    'history/run-spec.ts readStart',
    'history/run-spec.ts readSpec',
    'history/events.ts readPayload',
  ],
  readReport: [
    'history/report/activities.ts readActivities',
    'history/report/batches.ts readBatches',
    'history/report/fleet-facts.ts readFleet',
    'history/report/fleet-facts.ts readUses',
    'history/report/holds.ts readHolds',
    'history/report/run-events.ts readMessages',
    'history/report/run-events.ts readReverts',
    'history/report/run-events.ts readTimers',
    'history/report/run-facts.ts readPlanMarks',
    'history/report/run-facts.ts readRun',
    'history/report/run-facts.ts readVersions',
  ],
  renderStatus: [
    'cli/render/stages.ts renderStages',
    'cli/render/status.ts renderHead',
    'cli/render/status.ts renderNotices',
    'cli/render/status.ts renderBudget',
    'cli/render/status.ts logLine',
    'cli/render/bar.ts renderTimeBar',
  ],
  renderWatch: ['cli/render/bar.ts renderBar', 'cli/render/dialog.ts renderKeys', 'cli/render/dialog.ts renderDialog'],
  renderPlan: [
    'cli/render/plan.ts renderPlanHead',
    'cli/render/plan.ts renderSetAside',
    'cli/render/plan.ts renderTerms',
    'cli/render/plan.ts renderWarnings',
  ],
  renderSchedule: [
    'cli/render/schedule.ts renderNotes',
    'cli/render/schedule.ts renderTimes',
    'cli/render/spec.ts renderIntent',
  ],
  renderUndo: ['cli/render/undo.ts undoJson'],
  renderDetails: ['rollout/markdown.ts asCode'],
  reportHtml: [
    'cli/report-files.ts renderReport',
    'cli/render/report/html/instances.ts renderInstances',
    'cli/render/report/html/instances.ts renderOutcome',
    'cli/render/report/html/plot.ts renderPlot',
    ...['Tiles', 'Attention', 'Stages', 'Happenings', 'Messages', 'Waivers', 'Scopes', 'Facts', 'Spec'].map(
      (part) => `cli/render/report/html/sections.ts render${part}`,
    ),
  ],
  reportMarkdown: ['outcomeText', 'optionsText', 'healthText', 'tokenlessText'].map(
    (part) => `cli/render/report/cells.ts ${part}`,
  ),
  readFleet: ['cli/read-fleet.ts readReach', 'activities/watch-round.ts readRound'],
  readMetadataUse: ['lightsail/metadata-use.ts readMetadataUses', 'cli/read-usage.ts readUsage'],
  startSimulator: [
    'simulator/api/api-request.ts readRequest',
    'simulator/api/call-context.ts readPage',
    'simulator/api/input.ts readInput',
    'simulator/api/render-health.ts renderHealth',
    'simulator/api/rendering.ts renderInstance',
    'simulator/api/rendering.ts renderOperation',
    'simulator/scenario/problems.ts renderProblems',
    'simulator/sts/assume-role.ts readRoleArn',
    'simulator/sts/xml.ts renderReply',
    'simulator/wire/body.ts readBody',
    'simulator/wire/credential-scope.ts readCredentialScope',
    'simulator/world/option-change.ts readOptions',
  ],
};

/** What needs no hostile input, and why. */
const EXEMPT: Readonly<Record<string, string>> = {
  'cli/flags.ts exampleText': 'texts of ours',
  'cli/schedule/read-schedule.ts readSchedule': 'what it makes is shown by renderSchedule',
  'cli/schedule/read-schedule.ts timingJson': 'what it makes is shown by renderSchedule',
  'cli/rollout-json.ts rolloutJson': 'a few facts for JSON, which is fuzzed',
  'cli/watch/key-reader.ts readKeys': 'keys of whoever sits at the terminal',
  'history/retention.ts readRetention': 'a number of the server',
  'lightsail/reader.ts readerOf': 'finds a reader; what that reads goes through toFleetInstance',
  'rollout/health.ts readsStatusBefore': 'a question to a checked spec',
  'rollout/plan.ts canonicalJson': 'what addChecksum hashes',
  'rollout/undo.ts asConfirmed': 'records that readUndoFile and the histories give',
  'version.ts readVersion': "the package's own version",
  'workflows/evidence.ts readForPlan': "results of this package's own activities",
  'workflows/evidence.ts readUnlessStopped': "results of this package's own activities",
  'workflows/read-undo.ts readUndo': "results of this package's own activities",
};

const src = fileURLToPath(new URL('../../src/', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

/** Every such function of src, as `file name`. */
async function exportedFunctions(): Promise<string[]> {
  const files = await readdir(src, { recursive: true });
  const found = await Promise.all(
    files
      .filter((file) => file.endsWith('.ts') && !file.startsWith('cli/json/'))
      .map(async (file) => {
        const text = await readFile(`${src}${file}`, 'utf8');
        return [...text.matchAll(EXPORTED)].map(([, name = '']) => `${file} ${name}`);
      }),
  );
  return found.flat().sort();
}

/** What the tests of this folder import from src: `name` with the file, or the folder of an index, that it is from. */
async function importedNames(): Promise<ReadonlyMap<string, readonly string[]>> {
  const imported = new Map<string, string[]>();
  for (const file of (await readdir(here)).filter((each) => each.endsWith('.test.ts'))) {
    const text = await readFile(`${here}${file}`, 'utf8');
    for (const [, names = '', from = ''] of text.matchAll(/import \{([^}]*)\} from '\.\.\/\.\.\/src\/([^']*)'/g)) {
      for (const name of names.split(',').map((each) => each.trim())) {
        imported.set(name, [...(imported.get(name) ?? []), from.replace(/\.js$/, '.ts')]);
      }
    }
  }
  return imported;
}

it('every parser and every renderer is fuzzed here, itself or within another, or is exempt for a reason', async () => {
  const imported = await importedNames();
  const isFuzzed = (entry: string) => {
    const [file = '', name = ''] = entry.split(' ');
    const isFrom = (from: string) =>
      basename(from) === 'index.ts' ? file.startsWith(`${dirname(from)}/`) : from === file;
    return imported.get(name)?.some(isFrom) === true;
  };
  const all = await exportedFunctions();
  const listed = [...Object.values(WITHIN).flat(), ...Object.keys(EXEMPT)];
  const missing = all.filter((entry) => !isFuzzed(entry) && !listed.includes(entry));
  expect(missing, 'add a test to test/hostile, or a line to WITHIN or EXEMPT').toEqual([]);
  expect(
    listed.filter((entry) => !all.includes(entry) || isFuzzed(entry)),
    'no longer there, or fuzzed by now',
  ).toEqual([]);
  expect(
    Object.keys(WITHIN).filter((name) => !imported.has(name)),
    'not fuzzed, so nothing within it is',
  ).toEqual([]);
});
