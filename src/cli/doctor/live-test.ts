import { classifyError, describeProblem, type Lightsail, type LightsailFor } from '../../lightsail/index.js';
import type { Reach } from '../../rollout/reach.js';
import { ask } from '../ask.js';
import { CliError } from '../errors.js';
import type { Finding } from '../json/local.js';
import type { Output } from '../output.js';
import { describeUnread, readReach } from '../read-fleet.js';
import { labelIn } from '../render/label.js';
import { listenForInterrupts } from '../signals.js';
import { showFindings } from './finding.js';
import { Probe, type ProbedOptions } from './probe-instance.js';

interface LiveTest {
  readonly name: string;
  readonly reach: Reach | undefined;
  /** Nobody is asked. */
  readonly yes: boolean;
}

/**
 * Tries on one instance of the user's what this project knows from documents only, and puts its options back, whatever
 * happens. What is found names no instance and no account, so that it can be shown to others.
 */
export async function tryLive(lightsail: LightsailFor, test: LiveTest, output: Output): Promise<Finding[]> {
  const instance = await findInstance(lightsail, test);
  await agree(test, instance.region, output);
  const interruption = listenForInterrupts();
  try {
    return await probe(lightsail(instance), test.name, instance.region, interruption.signal, output);
  } finally {
    interruption.dispose();
  }
}

/** @throws CliError `BadInput` unless there is exactly one */
async function findInstance(
  lightsail: LightsailFor,
  { name, reach }: LiveTest,
): Promise<{ region: string; account?: string }> {
  if (reach === undefined) throw new CliError('BadInput', 'Say where the instance is: --regions us-east-1.');
  const { instances, unread } = await readReach(lightsail, reach, { include: { names: [name] } });
  const found = instances.filter((instance) => instance.name === name && instance.outOfScope === undefined);
  const [only, another] = found;
  if (only !== undefined && another === undefined) {
    return { region: only.region, ...(reach.accounts !== undefined && { account: only.account }) };
  }
  const why = unread.map((each) => `${describeUnread(each)}\n`).join('');
  throw new CliError(
    'BadInput',
    only === undefined
      ? `${why}There is no instance "${name}" to try on. Name one of yours, and its region (--regions).`
      : `"${name}" is in ${found.map(labelIn(found)).join(' and ')}: name one (--regions, --accounts).`,
  );
}

/** @throws CliError `BadInput` or `Declined`; InterruptedError after Ctrl-C */
async function agree({ name, yes }: LiveTest, region: string, output: Output): Promise<void> {
  if (yes) return;
  if (!output.canAsk) {
    throw new CliError('BadInput', 'There is no terminal to ask on, so nothing was tried. Add --yes.');
  }
  await ask(
    output,
    `Change the metadata options of ${region}/${name} a few times and put them back? For some seconds IMDSv1 is open, and for some seconds it is refused.`,
    'Nothing was tried',
  );
}

const VERDICTS = { confirmed: 'ok', refuted: 'warning', unseen: 'ok' } as const;

/** One assumption, and what came of it. */
function said(verdict: keyof typeof VERDICTS, assumption: string, seen: string): Finding {
  const label = verdict === 'unseen' ? 'not seen' : verdict;
  return { check: 'live-test', state: VERDICTS[verdict], what: `${label}: ${assumption} (${seen})` };
}

async function probe(
  lightsail: Lightsail,
  name: string,
  region: string,
  signal: AbortSignal,
  output: Output,
): Promise<Finding[]> {
  const instance = new Probe(lightsail, name, signal);
  const all: Finding[] = [];
  const report = (...findings: Finding[]) => {
    showFindings(output, findings);
    all.push(...findings);
  };
  const { options: before, state } = await instance.read();
  try {
    report(...(await tryOptions(instance, before, region)));
    const after = await instance.read();
    report(
      after.state === state
        ? said('confirmed', 'a change needs no restart', `the instance stays ${state}`)
        : said('refuted', 'a change needs no restart', `it went from ${state} to ${after.state}`),
      await tryMetric(instance),
    );
  } catch (error) {
    const problem = classifyError(error);
    // The whole message may name the caller: it goes to the screen, and not into what is found.
    output.note(`! ${signal.aborted ? 'Interrupted' : describeProblem(problem)}`);
    report({
      check: 'live-test',
      state: 'failure',
      what: signal.aborted ? 'ended before everything was tried' : `ended by ${problem.name}`,
      remedy: 'see the message above; what was tried until then stands',
    });
  } finally {
    report(await putBack(instance, before));
  }
  return all;
}

async function tryOptions(instance: Probe, before: ProbedOptions, region: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  const same = await instance.write(before);
  findings.push(
    said('confirmed', 'an Update that changes nothing is accepted', `applied after ${seconds(same.appliedAfter)}`),
  );
  const closed = await instance.write({ httpTokens: 'required' });
  findings.push(
    said(
      closed.options.httpEndpoint === before.httpEndpoint &&
        closed.options.httpPutResponseHopLimit === before.httpPutResponseHopLimit
        ? 'confirmed'
        : 'refuted',
      'httpEndpoint and httpPutResponseHopLimit keep their values where they are left out',
      `after an Update of httpTokens alone, applied after ${seconds(closed.appliedAfter)}`,
    ),
    closed.wasStale
      ? said('confirmed', 'a reading right after a write may be stale', 'applied, with the old values')
      : said('unseen', 'a reading right after a write may be stale', 'this one was not'),
  );
  const hops = before.httpPutResponseHopLimit ?? 1;
  const opened = await instance.write({ httpPutResponseHopLimit: hops < 64 ? hops + 1 : hops - 1 });
  findings.push(
    said(
      opened.options.httpTokens === 'optional' ? 'confirmed' : 'refuted',
      'httpTokens left out becomes optional',
      `after an Update of the hop limit alone it is ${opened.options.httpTokens ?? 'not shown'}`,
    ),
  );
  const status = await instance.refusalOf({ httpTokens: 'required', httpPutResponseHopLimit: 65 });
  findings.push(
    said(status === undefined ? 'refuted' : 'confirmed', 'the hop limit goes from 1 to 64', '65 was sent'),
    ...(status === undefined
      ? []
      : [said(status === 400 ? 'confirmed' : 'refuted', 'an error of the caller is HTTP 400', `HTTP ${status}`)]),
  );
  const hasIpv6 = before.httpProtocolIpv6 !== undefined;
  const isNorth = region === 'eu-north-1';
  findings.push(
    said(
      hasIpv6 === isNorth ? 'confirmed' : 'refuted',
      'httpProtocolIpv6 exists in eu-north-1 only',
      `this region ${hasIpv6 ? 'shows' : 'does not show'} it`,
    ),
  );
  return findings;
}

async function tryMetric(instance: Probe): Promise<Finding> {
  const points = await instance.tokenlessPoints();
  const assumption = 'MetadataNoToken is an instance metric';
  return points === 0
    ? said('unseen', assumption, 'it was answered without data points, which is not zero')
    : said('confirmed', assumption, `${points} data points in 14 days`);
}

async function putBack(instance: Probe, before: ProbedOptions): Promise<Finding> {
  try {
    await instance.restore(before);
    return { check: 'live-test', state: 'ok', what: 'the options are as they were before' };
  } catch (error) {
    return {
      check: 'live-test',
      state: 'failure',
      what: `the options could not be put back: ${classifyError(error).name}`,
      remedy: `set them by hand: ${JSON.stringify(before)}`,
    };
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
