/**
 * A Lightsail, and as much of STS as a role needs, that speaks the real wire protocol on this machine: for tests of yours, and to try a
 * spec before a fleet meets it.
 *
 * @example import { startSimulator } from 'lightsail-imds-rollout/simulator';
 * @module simulator
 */
export { InvalidControlInputError, UnknownInstanceError } from './control/control-errors.js';
export type { InstanceView, SimulatorState } from './control/simulator-state.js';
export type { FaultInput } from './scenario/fault-schema.js';
export type { InstancePatch, NewInstanceInput } from './scenario/instance-schema.js';
export { InvalidScenarioError, parseScenario } from './scenario/parse.js';
export type { Problem } from './scenario/problems.js';
export type { Scenario, ScenarioInput } from './scenario/schema.js';
export { type Simulator, type SimulatorEnv, type SimulatorOptions, startSimulator } from './start.js';
export type { Call } from './world/calls.js';
export type { InstanceRef, InstanceState } from './world/instance.js';
export type { MetadataOptions, ReportedOptions } from './world/options.js';
