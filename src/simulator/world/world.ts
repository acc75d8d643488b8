import { FaultList } from '../faults/fault-list.js';
import { Throttle } from '../faults/throttle.js';
import { namesOf, type Scenario } from '../scenario/schema.js';
import { Accounts, defaultAccessKeyId } from './accounts.js';
import { CallLog } from './calls.js';
import { Draws } from './draws.js';
import { Fleet } from './fleet.js';
import { OperationLog } from './operation-log.js';
import { startingOptions } from './options.js';

/** All that the simulator knows. Requests and the control interface read it and change it. */
export interface World {
  readonly scenario: Scenario;
  readonly draws: Draws;
  readonly accounts: Accounts;
  readonly fleet: Fleet;
  readonly operations: OperationLog;
  readonly faults: FaultList;
  readonly throttle: Throttle;
  readonly calls: CallLog;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
}

/** When the instances of a scenario were created, long before any run; fixed, so that runs repeat. */
const FLEET_CREATED_AT = Date.UTC(2025, 0, 1);

/** Builds the world that a scenario describes. */
export function createWorld(scenario: Scenario, now: () => number): World {
  const draws = new Draws(scenario.seed);
  const faults = new FaultList(draws);
  for (const fault of scenario.faults) faults.add(fault);
  return {
    scenario,
    draws,
    accounts: new Accounts(
      scenario.accounts.map(({ id, accessKeyId = defaultAccessKeyId(id), roles }) => ({ id, accessKeyId, roles })),
      draws,
    ),
    fleet: createFleet(scenario, draws),
    operations: new OperationLog(draws),
    faults,
    throttle: new Throttle(scenario.throttle),
    calls: new CallLog(),
    now,
  };
}

function createFleet(scenario: Scenario, draws: Draws): Fleet {
  const fleet = new Fleet(draws);
  for (const entry of scenario.fleet) {
    const { account, region, blueprint, tags, state, healthy, tokenless } = entry;
    const options = startingOptions(blueprint, region, entry.options);
    for (const name of namesOf(entry)) {
      const instance = { account, region, name, blueprint, tags, state, healthy, tokenless, options };
      fleet.create({ ...instance, createdAt: FLEET_CREATED_AT });
    }
  }
  return fleet;
}
