import { loadClientConnectConfig } from '@temporalio/envconfig';
import { runWorker } from 'lightsail-imds-rollout';
import { dataConverter } from './codec.js';

const { connectionOptions: connection, namespace = 'default' } = loadClientConnectConfig();

// A whole worker in one call; `Worker.create({ dataConverter, plugins })` does as well.
await runWorker({ connection, namespace, dataConverter });
