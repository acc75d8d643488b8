import type { Reach } from '../../rollout/reach.js';
import type { DoctorFlags } from '../commands/doctor.js';
import { EXIT } from '../exit-codes.js';
import { givenConnectionFlags, givenFlags, refuseIdle } from '../idle-flags.js';
import type { Finding } from '../json/local.js';
import { createOutput } from '../output.js';
import { openAws } from '../read-fleet.js';
import { examineAws } from './examine-aws.js';
import { examineTemporal } from './examine-temporal.js';
import { hasFailed, showFindings } from './finding.js';
import { tryLive } from './live-test.js';

/** What `doctor --json` prints. */
interface DoctorJson {
  readonly findings: readonly Finding[];
}

/** Looks at everything that a rollout needs, and says what is missing. @returns the exit code */
export async function examine(specPath: string | undefined, flags: DoctorFlags): Promise<number> {
  const output = createOutput(flags);
  refuseIdleFlags(flags);
  const reach = await reachOf(specPath, flags);
  const aws = await openAws(flags);
  try {
    if (flags.liveTest !== undefined) {
      const findings = await tryLive(aws.lightsail, { name: flags.liveTest, reach, yes: flags.yes === true }, output);
      output.result({ findings } satisfies DoctorJson);
      return hasFailed(findings) ? EXIT.targetsLeft : EXIT.done;
    }
    const ofAws = await examineAws(aws, reach);
    showFindings(output, ofAws);
    const ofTemporal = await examineTemporal(flags);
    showFindings(output, ofTemporal);
    output.result({ findings: [...ofAws, ...ofTemporal] } satisfies DoctorJson);
    if (hasFailed(ofAws)) return EXIT.badInput;
    return hasFailed(ofTemporal) ? EXIT.unavailable : EXIT.done;
  } finally {
    aws.close();
  }
}

/** @throws CliError `BadInput` */
function refuseIdleFlags(flags: DoctorFlags): void {
  if (flags.liveTest === undefined) return;
  const idle = [...givenFlags({ '--task-queue': flags.taskQueue }), ...givenConnectionFlags(flags)];
  refuseIdle('A live test needs no Temporal server, and has no use for', idle, 'leave --live-test out');
}

/** Where to look; undefined: nobody has said. */
async function reachOf(specPath: string | undefined, flags: DoctorFlags): Promise<Reach | undefined> {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const own = AWS_REGION ?? AWS_DEFAULT_REGION;
  const spec = specPath === undefined ? undefined : (await readSpec(specPath)).targets;
  const regions = flags.regions ?? spec?.regions ?? (own ? [own] : undefined);
  if (regions === undefined) return undefined;
  return { accounts: flags.accounts ?? spec?.accounts, regions };
}

async function readSpec(path: string) {
  const { requireSpec } = await import('../require-spec.js');
  return (await requireSpec(path)).spec;
}
