import { Command, CommanderError } from 'commander';
import { readVersion } from '../version.js';
import { addAbort } from './commands/abort.js';
import { addApprove } from './commands/approve.js';
import { addAudit } from './commands/audit.js';
import { addDemo } from './commands/demo.js';
import { addDoctor } from './commands/doctor.js';
import { addIamPolicy } from './commands/iam-policy.js';
import { addInit } from './commands/init.js';
import { addList } from './commands/list.js';
import { addPause } from './commands/pause.js';
import { addPlan } from './commands/plan.js';
import { addReject } from './commands/reject.js';
import { addReport } from './commands/report.js';
import { addResume } from './commands/resume.js';
import { addRetry } from './commands/retry.js';
import { addRevert } from './commands/revert.js';
import { addRollback } from './commands/rollback.js';
import { addRun } from './commands/run.js';
import { addSchedule } from './commands/schedule.js';
import { addSchema } from './commands/schema.js';
import { addSimulator } from './commands/simulator.js';
import { addSkipBake } from './commands/skip-bake.js';
import { addStart } from './commands/start.js';
import { addStatus } from './commands/status.js';
import { addValidate } from './commands/validate.js';
import { addWatch } from './commands/watch.js';
import { addWorker } from './commands/worker.js';
import { EXIT, EXIT_CODES_HELP, type SetExitCode } from './exit-codes.js';
import { reportError } from './report-error.js';

const START_HERE = `
Start here:
  $ imds-rollout demo                    a rollout and a way back, simulated
  $ imds-rollout init                    writes a commented spec, rollout.yaml
  $ imds-rollout plan rollout.yaml       what would change; changes nothing
  $ imds-rollout run rollout.yaml        carries it out, all on this machine

On a shared Temporal server:
  $ imds-rollout worker                  carries rollouts out
  $ imds-rollout start rollout.yaml --watch

${EXIT_CODES_HELP}
`;

/** Runs one command line. @returns the exit code of the process */
export async function run(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.badInput;
    return reportError(error, { json: argv.includes('--json'), debug: isDebug(argv) });
  }
}

/** The commands, ready to parse a command line. */
export function createProgram(setExitCode: SetExitCode): Command {
  const program = new Command('imds-rollout')
    .description(
      'Rolls metadata options (IMDSv2) out over a fleet of Amazon Lightsail instances: in stages, with a way back.',
    )
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .option('--debug', 'print the stack of an unexpected error (or set DEBUG)')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help for the options and an example)')
    .addHelpText('after', START_HERE)
    .exitOverride();
  addAudit(program, setExitCode);
  addInit(program);
  addValidate(program, setExitCode);
  addSchema(program);
  addPlan(program);
  addRun(program, setExitCode);
  addStart(program, setExitCode);
  addWatch(program, setExitCode);
  addList(program);
  addStatus(program, setExitCode);
  addPause(program);
  addResume(program);
  addApprove(program);
  addReject(program);
  addSkipBake(program);
  addRevert(program);
  addAbort(program);
  addRollback(program, setExitCode);
  addRetry(program, setExitCode);
  addReport(program, setExitCode);
  addSchedule(program, setExitCode);
  addWorker(program, setExitCode);
  addDoctor(program, setExitCode);
  addIamPolicy(program);
  addSimulator(program);
  addDemo(program, setExitCode);
  return program;
}

function isDebug(argv: readonly string[]): boolean {
  return argv.includes('--debug') || Boolean(process.env.DEBUG);
}
